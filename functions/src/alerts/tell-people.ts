/**
 * Brings observations to people: claim, send, confirm. See the state machine in domain/alerts/alert-state.
 * A channel that fails does not stop the others; where none took the message, the claim is given back and it throws, so
 * that the platform tries again.
 */

import {
  type AlertState,
  claimOf,
  confirmed,
  type Observation,
  released,
} from '@hangtag/shared/domain/alerts/alert-state.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { standardLog } from '@hangtag/shared/log.js';
import type { AlertStore, AlertVersion } from '@hangtag/shared/ports/alert-store.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Alert, Notifier } from '@hangtag/shared/ports/notifier.js';

export interface AlertPorts {
  readonly store: AlertStore;
  readonly notifiers: readonly Notifier[];
  readonly clock: Clock;
  /** Least time between two messages about one incident. */
  readonly coolDownMs: number;
  readonly log?: typeof standardLog;
}

/** @throws {TransientError} people could not be told of something */
export async function tellPeople(
  tenant: TenantId,
  observations: readonly Observation[],
  ports: AlertPorts,
): Promise<void> {
  if (ports.notifiers.length === 0) return;
  const told = await Promise.all(observations.map((each) => tell(tenant, each, ports)));
  const untold = observations.filter((_, index) => told[index] === 'untold');
  if (untold.length === 0) return;
  throw new TransientError(
    `No channel took the alerts ${untold.map(({ condition }) => condition).join(', ')}`,
  );
}

type Told = 'told' | 'untold' | 'nothing-to-tell';

async function tell(tenant: TenantId, observation: Observation, ports: AlertPorts): Promise<Told> {
  const { store, clock, coolDownMs } = ports;
  const known = await store.get(tenant, observation.condition);
  const claim = claimOf(known?.state, observation, { nowMs: clock.now(), coolDownMs });
  if (claim === undefined) return 'nothing-to-tell';
  const version = await store.put(tenant, claim, known?.version);
  // Somebody else was faster, and tells it.
  if (version === undefined) return 'nothing-to-tell';
  return send(tenant, { claim, version }, ports);
}

async function send(
  tenant: TenantId,
  { claim, version }: { readonly claim: AlertState; readonly version: AlertVersion },
  ports: AlertPorts,
): Promise<Told> {
  const alert = alertOf(tenant, claim);
  const results = await Promise.allSettled(ports.notifiers.map((notifier) => notifier.notify(alert)));
  results.forEach((result, index) => {
    const channel = ports.notifiers[index]?.channel;
    const line = { function: 'alerts', tenant, channel, condition: claim.condition, phase: alert.phase };
    const log = ports.log ?? standardLog;
    if (result.status === 'fulfilled') log.info({ ...line, outcome: 'notified' });
    else log.error({ ...line, outcome: 'undelivered', err: result.reason });
  });
  const reached = results.some(({ status }) => status === 'fulfilled');
  const next = reached ? confirmed(claim, ports.clock.now()) : released(claim);
  await ports.store.put(tenant, next, version);
  return reached ? 'told' : 'untold';
}

function alertOf(tenant: TenantId, { condition, phase, severity, text, since }: AlertState): Alert {
  return {
    id: `${tenant}/${condition}/${since}`,
    tenant,
    condition,
    phase: phase === 'firing' ? 'firing' : 'resolved',
    severity,
    text,
    since: new Date(since).toISOString(),
  };
}

/**
 * Sends the alerts of observed conditions: claim, send, confirm. The state machine is in domain/alerts/alert-state.
 * A channel that fails does not stop the others. If no channel accepted the message, the claim is released and this throws, so
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
  /** Shortest time between two messages about one incident. */
  readonly coolDownMs: number;
  readonly log?: typeof standardLog;
}

/** Sends nothing if no channel is configured. @throws {TransientError} no channel accepted one of the messages */
export async function sendAlerts(
  tenant: TenantId,
  observations: readonly Observation[],
  ports: AlertPorts,
): Promise<void> {
  if (ports.notifiers.length === 0) return;
  const results = await Promise.all(observations.map((each) => sendAlert(tenant, each, ports)));
  const notSent = observations.filter((_, index) => results[index] === 'not-sent');
  if (notSent.length === 0) return;
  throw new TransientError(
    `Expected a channel to take the alerts but none did: ${notSent.map(({ condition }) => condition).join(', ')}`,
  );
}

type Sent = 'sent' | 'not-sent' | 'nothing-to-send';

async function sendAlert(tenant: TenantId, observation: Observation, ports: AlertPorts): Promise<Sent> {
  const { store, clock, coolDownMs } = ports;
  const known = await store.get(tenant, observation.condition);
  const claim = claimOf(known?.state, observation, { nowMs: clock.now(), coolDownMs });
  if (claim === undefined) return 'nothing-to-send';
  const version = await store.put(tenant, claim, known?.version);
  // Another worker was first, and sends it.
  if (version === undefined) return 'nothing-to-send';
  return notifyAll(tenant, { claim, version }, ports);
}

async function notifyAll(
  tenant: TenantId,
  { claim, version }: { readonly claim: AlertState; readonly version: AlertVersion },
  ports: AlertPorts,
): Promise<Sent> {
  const alert = alertOf(tenant, claim);
  const results = await Promise.allSettled(ports.notifiers.map((notifier) => notifier.notify(alert)));
  const log = ports.log ?? standardLog;
  results.forEach((result, index) => {
    const channel = ports.notifiers[index]?.channel;
    const line = { function: 'alerts', tenant, channel, condition: claim.condition, phase: alert.phase };
    if (result.status === 'fulfilled') log.info({ ...line, outcome: 'sent' });
    else log.error({ ...line, outcome: 'not-sent', err: result.reason });
  });
  const isSent = results.some(({ status }) => status === 'fulfilled');
  const next = isSent ? confirmed(claim, ports.clock.now()) : released(claim);
  await ports.store.put(tenant, next, version);
  return isSent ? 'sent' : 'not-sent';
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

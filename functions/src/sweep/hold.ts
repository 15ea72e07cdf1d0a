/**
 * The sweep's document in one worker's hands: every save is a compare-and-set on the version last seen. It fails where
 * a person wrote a wish into the document, which is taken over, or where the lease went to somebody else, which ends
 * this worker's run: so a pause costs no read, and a worker that was taken for dead counts nothing twice.
 */

import { estimateOf } from '@hangtag/shared/domain/cost.js';
import { onClaim } from '@hangtag/shared/domain/sweep-claim.js';
import {
  isSound,
  type Lease,
  type SweepRequest,
  type SweepState,
} from '@hangtag/shared/domain/sweep-state.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { SweepVersion } from '@hangtag/shared/ports/sweep-store.js';
import type { SweepPorts } from './ports.js';

export interface Hold {
  readonly state: SweepState;
  readonly version: SweepVersion;
  readonly holder: string;
}

export type Taken =
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'refused'; readonly because: string; readonly state: SweepState };

const MAX_ROUNDS = 8;

/** @throws {TransientError} contention */
export async function take(request: SweepRequest, holder: string, ports: SweepPorts): Promise<Taken> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await ports.sweeps.get(request.bucket);
    // A document that cannot be read, or whose cursor lies elsewhere, is begun anew: a sweep may always be repeated.
    const current = found?.state !== undefined && isSound(found.state) ? found.state : undefined;
    const by = { holder, nowMs: ports.clock.now(), leaseMs: ports.limits.leaseMs };
    const claim = onClaim(current, request, by);
    if (claim.kind === 'refused') return claim;
    const { state } = claim;
    const version = found
      ? await ports.sweeps.update(state, found.version)
      : await ports.sweeps.create(state);
    if (version !== undefined) return { kind: 'held', hold: { state, version, holder } };
  }
  throw new TransientError(`Lost ${MAX_ROUNDS} races in a row for the sweep of ${request.bucket}`);
}

/** Keeps the lease while there is work left. @returns what holds now; `undefined` where somebody else took the sweep over */
export async function save(hold: Hold, ports: SweepPorts): Promise<Hold | undefined> {
  const until = ports.clock.now() + ports.limits.leaseMs;
  return write(hold, hold.state.status === 'running' ? { holder: hold.holder, until } : null, ports);
}

/** Hands the lease back, so that the next run need not wait for its end. */
export async function release(hold: Hold, ports: SweepPorts): Promise<Hold | undefined> {
  return write(hold, null, ports);
}

async function write(hold: Hold, lease: Lease | null, ports: SweepPorts): Promise<Hold | undefined> {
  const costEstimate = estimateOf(hold.state.progress, ports.prices).usd;
  const state = { ...hold.state, lease, costEstimate, updatedAt: ports.clock.now() };
  const version = await ports.sweeps.update(state, hold.version);
  if (version !== undefined) return { ...hold, state, version };
  const found = await ports.sweeps.get(state.bucket);
  if (found?.state?.lease?.holder !== hold.holder) return undefined;
  const { status, finishedAt } = found.state;
  const wished = status === 'running' ? state : { ...state, status, finishedAt };
  return write(
    { ...hold, state: wished, version: found.version },
    status === 'running' ? lease : null,
    ports,
  );
}

/**
 * A worker's lease on the document of a sweep. Every save is a compare-and-set on the version that was read last. It fails in two
 * cases: a person requested an action, which is then applied; or another worker took the lease, which ends this run.
 * So a pause costs no read, and a worker whose lease has expired counts nothing twice.
 */
import { estimateOf } from '@hangtag/shared/domain/cost.js';
import { onClaim } from '@hangtag/shared/domain/sweep-claim.js';
import {
  isWithinScope,
  type Lease,
  type SweepRequest,
  type SweepState,
} from '@hangtag/shared/domain/sweep-state.js';
import { TransientError } from '@hangtag/shared/errors.js';
import type { SweepVersion } from '@hangtag/shared/ports/sweep-store.js';
import type { SweepPorts } from './ports.js';

export interface Held {
  readonly state: SweepState;
  readonly version: SweepVersion;
  readonly holder: string;
}

export type Taken =
  | { readonly kind: 'held'; readonly held: Held }
  | { readonly kind: 'refused'; readonly because: string; readonly state: SweepState };

const MAX_ROUNDS = 8;

/** @throws {TransientError} contention */
export async function take(request: SweepRequest, holder: string, ports: SweepPorts): Promise<Taken> {
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const found = await ports.sweeps.get(request.bucket);
    // If the document is not valid or its cursor is out of scope, a new sweep starts: sweeps can always be repeated.
    const current = found?.state !== undefined && isWithinScope(found.state) ? found.state : undefined;
    const by = { holder, nowMs: ports.clock.now(), leaseMs: ports.limits.leaseMs };
    const claim = onClaim(current, request, by);
    if (claim.kind === 'refused') return claim;
    const { state } = claim;
    const version = found
      ? await ports.sweeps.update(state, found.version)
      : await ports.sweeps.create(state);
    if (version !== undefined) return { kind: 'held', held: { state, version, holder } };
  }
  throw new TransientError(`Lost ${MAX_ROUNDS} races in a row for the sweep of ${request.bucket}`);
}

/** Saves, and renews the lease if work is left. @returns the saved state; `undefined` if another worker has the lease */
export async function save(held: Held, ports: SweepPorts): Promise<Held | undefined> {
  const until = ports.clock.now() + ports.limits.leaseMs;
  return write(held, held.state.status === 'running' ? { holder: held.holder, until } : null, ports);
}

/** Saves and ends the lease, so that the next run need not wait until it expires. */
export async function release(held: Held, ports: SweepPorts): Promise<Held | undefined> {
  return write(held, null, ports);
}

async function write(held: Held, lease: Lease | null, ports: SweepPorts): Promise<Held | undefined> {
  const costEstimate = estimateOf(held.state.progress, ports.prices).usd;
  const state = { ...held.state, lease, costEstimate, updatedAt: ports.clock.now() };
  const version = await ports.sweeps.update(state, held.version);
  if (version !== undefined) return { ...held, state, version };
  const found = await ports.sweeps.get(state.bucket);
  if (found?.state?.lease?.holder !== held.holder) return undefined;
  const { status, finishedAt } = found.state;
  const requested = status === 'running' ? state : { ...state, status, finishedAt };
  return write(
    { ...held, state: requested, version: found.version },
    status === 'running' ? lease : null,
    ports,
  );
}

/**
 * Puts parked images back in the queue, after a fix: each record is queued with no attempts, and a new message is sent. The
 * record contains everything that the message needs.
 */
import { prefixRange } from '@hangtag/shared/domain/name-range.js';
import { onReplayed } from '@hangtag/shared/domain/transitions.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';
import pMap from 'p-map';
import { type RequeuePorts, requeue } from '../records/requeue.js';

export interface ReplayPorts extends RequeuePorts {
  readonly clock: Clock;
  /** No further image is replayed after it was aborted. */
  readonly signal?: AbortSignal;
}

export interface ReplayRequest {
  readonly bucket: string;
  /** Prefix of object names; '': all. */
  readonly prefix: string;
  readonly mode: 'replay' | 'dry-run';
}

export interface ReplayOutcome {
  /** Images that were parked. */
  readonly parked: number;
  readonly replayed: number;
  /** Overwritten, deleted or replayed by others since they were found. */
  readonly unchanged: number;
  readonly failures: readonly { readonly name: string; readonly error: unknown }[];
}

/** Whether there is a record of any image of the request, parked or not. */
export async function hasRecords(
  { bucket, prefix }: ReplayRequest,
  { records }: ReplayPorts,
): Promise<boolean> {
  for await (const _ of records.scan({ ...prefixRange(bucket, prefix), limit: 1 })) return true;
  return false;
}

const CONCURRENCY = 24;

/**
 * Reads every failed record of the range, since the index does not contain the reason.
 *
 * @throws {TransientError} the records cannot be read; those replayed until then stay replayed
 */
export async function replay(request: ReplayRequest, ports: ReplayPorts): Promise<ReplayOutcome> {
  const ends = await pMap(parkedOf(request, ports), (known) => replayOne(known, request, ports), {
    concurrency: CONCURRENCY,
  });
  const count = (kind: string) => ends.filter((end) => end.kind === kind).length;
  return {
    parked: ends.length,
    replayed: count('replayed'),
    unchanged: count('unchanged'),
    failures: ends.flatMap((end) => (end.kind === 'failed' ? [{ name: end.name, error: end.error }] : [])),
  };
}

async function* parkedOf(
  { bucket, prefix }: ReplayRequest,
  { records, clock, signal }: ReplayPorts,
): AsyncIterable<Versioned> {
  const filter = { status: 'failed', queuedBefore: clock.now() } as const;
  for await (const known of records.scan({ ...prefixRange(bucket, prefix), filter })) {
    if (signal?.aborted) return;
    if (known.record.reason === 'parked') yield known;
  }
}

type End =
  | { readonly kind: 'replayed' | 'unchanged' | 'left' }
  | { readonly kind: 'failed'; readonly name: string; readonly error: unknown };

/** A failure of one image does not stop the others. */
async function replayOne(known: Versioned, { mode }: ReplayRequest, ports: ReplayPorts): Promise<End> {
  if (mode === 'dry-run') return { kind: 'left' };
  try {
    const decision = await requeue(known, ports, onReplayed);
    return { kind: decision.kind === 'void' ? 'unchanged' : 'replayed' };
  } catch (error) {
    return { kind: 'failed', name: known.record.name, error };
  }
}

/**
 * Parked images get another chance, after a fix: each record goes back in the queue with its attempts at zero, and
 * its message is sent anew. The record is the dead letter; nothing else was kept of it.
 */
import { prefixRange } from '@hangtag/shared/domain/name-range.js';
import { onRequeued } from '@hangtag/shared/domain/transitions.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';
import pMap from 'p-map';
import { type RequeuePorts, requeue } from '../requeue.js';

export interface ReplayPorts extends RequeuePorts {
  readonly clock: Clock;
}

export interface ReplayRequest {
  readonly bucket: string;
  /** Of the object names; '' means all. */
  readonly prefix: string;
  readonly mode: 'replay' | 'dry-run';
}

export interface ReplayOutcome {
  /** Images that were parked. */
  readonly parked: number;
  readonly replayed: number;
  /** Overwritten, deleted or replayed by somebody else since they were found. */
  readonly settled: number;
  readonly failures: readonly { readonly name: string; readonly error: unknown }[];
}

const CONCURRENCY = 24;

/**
 * Reads every failed record of the range: the reason is no part of the index.
 *
 * @throws {TransientError} the records cannot be read; what was replayed until then stays so
 */
export async function replay(request: ReplayRequest, ports: ReplayPorts): Promise<ReplayOutcome> {
  const ends = await pMap(parkedOf(request, ports), (known) => replayOne(known, request, ports), {
    concurrency: CONCURRENCY,
  });
  const count = (kind: string) => ends.filter((end) => end.kind === kind).length;
  return {
    parked: ends.length,
    replayed: count('replayed'),
    settled: count('settled'),
    failures: ends.flatMap((end) => (end.kind === 'failed' ? [{ name: end.name, error: end.error }] : [])),
  };
}

async function* parkedOf(
  { bucket, prefix }: ReplayRequest,
  { records, clock }: ReplayPorts,
): AsyncIterable<Versioned> {
  const filter = { status: 'failed', queuedBefore: clock.now() } as const;
  for await (const known of records.scan({ ...prefixRange(bucket, prefix), filter })) {
    if (known.record.reason === 'parked') yield known;
  }
}

type End =
  | { readonly kind: 'replayed' | 'settled' | 'left' }
  | { readonly kind: 'failed'; readonly name: string; readonly error: unknown };

/** What fails for one image keeps no other waiting. */
async function replayOne(known: Versioned, { mode }: ReplayRequest, ports: ReplayPorts): Promise<End> {
  if (mode === 'dry-run') return { kind: 'left' };
  try {
    const decision = await requeue(known, ports, onRequeued);
    return { kind: decision.kind === 'void' ? 'settled' : 'replayed' };
  } catch (error) {
    return { kind: 'failed', name: known.record.name, error };
  }
}

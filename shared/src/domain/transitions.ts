/**
 * The life of a record, as pure decisions over what is stored now.
 *
 *      finalized                labelled / rejected
 *   (none) ──────► queued ───────────────────────────► done | review | failed
 *      │             ▲ │                                       │
 *      │   requeued  │ └─ deferred (over budget) ─┐            │
 *      │             └────────────────────────────┴────────────┘
 *      ├──────► skipped | failed   (turned away at the door)
 *      └──────► deleted            (also from every state; a tombstone where deletion came first)
 *
 * Invariants, whoever calls in whatever order, with whatever was delivered twice or late:
 *  - a record's generation never falls;
 *  - labels are committed only to a `queued` record of the same generation, so at most once;
 *  - no decision here touches `correction`: a person's word survives every model.
 *
 * A decision is applied by compare-and-set. Whoever loses the race reads again and decides again.
 */
import type { RejectionCode } from '../errors.js';
import type { Admission, Annotations } from './admission.js';
import { compareGenerations, type Generation } from './generation.js';
import { checkOf, type ObjectVersion } from './identity.js';
import type { ImageRecord, ModelRef, Reason, Timings } from './record.js';
import type { Verdict } from './verdict.js';

/** A record as written: the server stamps the times, and `labeledAt` only once there are labels. */
export type NewRecord = Omit<ImageRecord, 'queuedAt' | 'labeledAt' | 'updatedAt'> & {
  readonly labeledAt: null;
};

/** Fields to set, and those to stamp with the server's time; `updatedAt` always is. */
export interface Change {
  readonly set: Partial<NewRecord>;
  readonly stamp?: 'queuedAt' | 'labeledAt';
}

/** Why nothing was written. `already-queued` still owes a message: the earlier one may never have been sent. */
export type Void = 'older-generation' | 'already-queued' | 'already-settled' | 'not-overdue' | 'erased';

export type Decision =
  | { readonly kind: 'create'; readonly record: NewRecord }
  | { readonly kind: 'update'; readonly change: Change }
  | Refusal;

export interface Refusal {
  readonly kind: 'void';
  readonly because: Void;
}

/** A finalized generation, with what the door decided about it. */
export interface Arrival extends ObjectVersion, Annotations, Admission {
  readonly size: number;
  readonly contentType: string;
  readonly md5Hash: string;
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
}

export function onFinalized(current: ImageRecord | undefined, arrival: Arrival): Decision {
  const fresh = freshRecord(arrival);
  if (current === undefined) return { kind: 'create', record: fresh };
  const age = compareGenerations(arrival.generation, current.generation);
  if (age < 0) return nothing('older-generation');
  if (age === 0) return nothing(current.status === 'queued' ? 'already-queued' : 'already-settled');
  const { correction, ...rest } = fresh;
  return { kind: 'update', change: { set: rest, stamp: 'queuedAt' } };
}

/** The bucket no longer holds this generation. Deletion may overtake the arrival: then it leaves a tombstone. */
export function onDeleted(current: ImageRecord | undefined, arrival: Arrival): Decision {
  if (current === undefined) return { kind: 'create', record: { ...freshRecord(arrival), ...GONE } };
  const age = compareGenerations(arrival.generation, current.generation);
  if (age < 0) return nothing('older-generation');
  if (age === 0)
    return current.present ? { kind: 'update', change: { set: GONE } } : nothing('already-settled');
  const { correction, ...rest } = freshRecord(arrival);
  return { kind: 'update', change: { set: { ...rest, ...GONE } } };
}

/** What became of an image that was taken from the queue. */
export type Result =
  | {
      readonly kind: 'labelled';
      readonly verdict: Verdict;
      readonly model: ModelRef;
      readonly embedding: readonly number[] | null;
      readonly timings: Timings;
    }
  | { readonly kind: 'rejected'; readonly code: RejectionCode }
  | { readonly kind: 'parked' }
  /** Not tried: the model fails too often at present. */
  | { readonly kind: 'deferred' }
  | { readonly kind: 'gone' }
  /** Gone, and the bucket holds a newer generation: its event settles this record. */
  | { readonly kind: 'overwritten' };

/** As much of a record as its settling, and the announcement of it, ask for. */
export type Outstanding = Pick<
  ImageRecord,
  | 'generation'
  | 'status'
  | 'reason'
  | 'category'
  | 'confidence'
  | 'tier'
  | 'model'
  | 'correction'
  | 'attempts'
  | 'uploadedAt'
>;

/** What `onFinalized` creates for a generation that waits: known without reading it. */
export function outstandingOf({
  generation,
  uploadedAt,
}: Pick<ImageRecord, 'generation' | 'uploadedAt'>): Outstanding {
  return { ...FRESH, generation, uploadedAt, status: 'queued', reason: null };
}

/** Settles a queued generation. Only a queued record of exactly this generation accepts a result. */
export function onSettled(
  current: Outstanding | undefined,
  generation: Generation,
  result: Result,
): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  if (result.kind === 'overwritten') return OVERWRITTEN;
  const { record } = standing;
  const change = settlement(result, record);
  const isCorrected = record.correction?.generation === generation;
  return { kind: 'update', change: isCorrected ? corrected(result, change) : change };
}

/** One more late delivery: counted before the work that may kill the process. */
export function onAttempt(current: Outstanding | undefined, generation: Generation): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  return { kind: 'update', change: { set: { attempts: standing.record.attempts + 1 } } };
}

/**
 * Puts a settled generation back in the queue: after a fix, a new model, a new day's budget. The labels of
 * before stay visible until the new ones replace them.
 */
export function onRequeued(current: ImageRecord | undefined, generation: Generation): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind === 'queued') return nothing('already-queued');
  if (standing.kind === 'void' || !standing.record.present) return refusalOf(standing);
  return {
    kind: 'update',
    change: { set: { status: 'queued', reason: null, attempts: 0 }, stamp: 'queuedAt' },
  };
}

/**
 * Still queued long after: its message is lost, or was never sent. The new time in the queue says that another was
 * sent, so that whoever looks next waits as long again.
 *
 * @param queuedBefore epoch milliseconds; whatever was queued since is not overdue
 */
export function onOverdue(
  current: ImageRecord | undefined,
  { generation, queuedBefore }: { readonly generation: Generation; readonly queuedBefore: number },
): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  if (standing.record.queuedAt >= queuedBefore) return nothing('not-overdue');
  return { kind: 'update', change: { set: { status: 'queued' }, stamp: 'queuedAt' } };
}

/** The object is about to leave its name for good: its record stays as it is settled, and expects it no longer. */
export function onMoved(current: ImageRecord | undefined, generation: Generation): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind === 'queued') return nothing('already-queued');
  if (standing.kind === 'void' || !standing.record.present) return refusalOf(standing);
  return { kind: 'update', change: { set: { present: false } } };
}

/** Where a generation stands in its record, if it is the record's at all. */
export type Standing<R> =
  | { readonly kind: 'queued'; readonly record: R }
  | { readonly kind: 'settled'; readonly record: R }
  | Refusal;

/** @throws {RangeError} the generation is newer than the record, which is written before anything is asked of it */
export function standingOf<R extends Pick<ImageRecord, 'generation' | 'status'>>(
  current: R | undefined,
  generation: Generation,
): Standing<R> {
  if (current === undefined) return nothing('erased');
  const age = compareGenerations(generation, current.generation);
  if (age < 0) return nothing('older-generation');
  if (age > 0) {
    throw new RangeError(
      `Expected a record at generation ${generation} or newer but found ${current.generation}`,
    );
  }
  return { kind: current.status === 'queued' ? 'queued' : 'settled', record: current };
}

/** What is said to whoever wanted a queued record. */
export function refusalOf(standing: Exclude<Standing<unknown>, { kind: 'queued' }>): Refusal {
  return standing.kind === 'void' ? standing : nothing('already-settled');
}

const UNLABELLED = {
  category: null,
  confidence: null,
  labels: [],
  tier: null,
  model: null,
  embedding: null,
  timings: null,
  labeledAt: null,
} as const;

/** What every new record begins with. */
const FRESH = { ...UNLABELLED, correction: null, attempts: 0 } as const;

const GONE = { status: 'deleted', reason: null, present: false } as const;

/** The record is yet to hear of the newer generation, and says of the older one what it said. */
export const OVERWRITTEN: Refusal = { kind: 'void', because: 'older-generation' };

function nothing(because: Void): Refusal {
  return { kind: 'void', because };
}

function sameModel(a: ModelRef | null, b: ModelRef): boolean {
  return a?.id === b.id && a.version === b.version && a.sha256 === b.sha256;
}

function settlement(result: Exclude<Result, { kind: 'overwritten' }>, current: Outstanding): Change {
  switch (result.kind) {
    case 'labelled': {
      const { verdict, model, embedding, timings } = result;
      const { status, reason, tier } = verdict;
      // Put back in the queue for another model, but taken by one that still runs the old: its labels stand.
      if (sameModel(current.model, model)) return { set: { status, reason, tier } };
      return { set: { ...verdict, model, embedding, timings }, stamp: 'labeledAt' };
    }
    case 'rejected':
      return { set: failed(result.code) };
    case 'parked':
      return { set: failed('parked') };
    case 'deferred':
      return { set: { status: 'deferred', reason: 'circuit-open' } };
    case 'gone':
      return { set: GONE };
  }
}

/** A person has said what it shows: whatever a model says now, there is nothing left to do but to be gone. */
function corrected(result: Result, change: Change): Change {
  return result.kind === 'gone'
    ? change
    : { ...change, set: { ...change.set, status: 'done', reason: null } };
}

function failed(reason: Reason) {
  return { ...UNLABELLED, status: 'failed', reason } as const;
}

function freshRecord(arrival: Arrival): NewRecord {
  return {
    ...arrival,
    ...FRESH,
    present: true,
    check: checkOf(arrival.name, arrival.generation),
  };
}

/**
 * The life of a record: pure decisions, each from what is stored now.
 *
 *      finalized                labelled / rejected
 *   (none) ──────► queued ───────────────────────────► done | review | failed
 *      │             ▲ │                                       │
 *      │   requeued  │ └─ deferred (over budget) ─┐            │
 *      │             └────────────────────────────┴────────────┘
 *      ├──────► skipped | failed   (not admitted)
 *      └──────► deleted            (also from every state; a tombstone if the deletion arrives first)
 *
 * Invariants, for any order of calls, with events that are delivered twice or late:
 *  - the generation of a record never falls;
 *  - labels are written only to a `queued` record of the same generation, so at most once;
 *  - no decision here changes `correction`: a correction survives every model.
 *
 * A decision is applied by compare-and-set. After a lost race, the record is read and the decision made again.
 */
import type { RejectionCode } from '../errors.js';
import type { Admission, Annotations } from './admission.js';
import { compareGenerations, type Generation } from './generation.js';
import { checkOf, type ObjectVersion } from './identity.js';
import {
  type Appearance,
  type ImageRecord,
  type ModelRef,
  NO_APPEARANCE,
  type Reason,
  type ShadowAnswer,
  type Timings,
} from './record.js';
import type { Verdict } from './verdict.js';

/** A record as it is created. The server stamps `updatedAt`, and `queuedAt` unless it is null. */
export type NewRecord = Omit<ImageRecord, 'queuedAt' | 'labeledAt' | 'updatedAt'> & {
  readonly labeledAt: null;
  readonly queuedAt?: null;
};

/** Fields to set, and one to stamp with the server's time. `updatedAt` is always stamped. */
export interface Change {
  readonly set: Partial<NewRecord>;
  readonly stamp?: 'queuedAt' | 'labeledAt';
}

/** Why nothing is written. After `already-queued` the message is sent again: the first one may be lost. */
export type Void =
  | 'older-generation'
  | 'already-queued'
  | 'already-settled'
  | 'not-overdue'
  | 'not-recorded'
  | 'not-labelled'
  | 'unchanged'
  | 'own-output'
  | 'erased';

export type Decision =
  | { readonly kind: 'create'; readonly record: NewRecord }
  | { readonly kind: 'update'; readonly change: Change }
  | Refusal;

export interface Refusal {
  readonly kind: 'void';
  readonly because: Void;
}

/** One generation of an object, as its event describes it. */
export interface ObjectFacts extends ObjectVersion, Annotations {
  readonly size: number;
  readonly contentType: string;
  readonly md5Hash: string;
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
}

/** A finalized generation, and whether it is admitted. */
export interface Arrival extends ObjectFacts, Admission {}

/**
 * The budget counts images by `queuedAt`, so it is stamped only if the image is queued, or deferred to another day. A refused
 * newer generation keeps the stamp of the older one, because the older one was billed.
 */
export function onFinalized(current: ImageRecord | undefined, arrival: Arrival): Decision {
  const fresh = freshRecord(arrival);
  const waits = arrival.status === 'queued' || arrival.status === 'deferred';
  if (current === undefined) {
    return { kind: 'create', record: waits ? fresh : { ...fresh, ...NEVER_QUEUED } };
  }
  const age = compareGenerations(arrival.generation, current.generation);
  if (age < 0) return nothing('older-generation');
  if (age === 0) return nothing(current.status === 'queued' ? 'already-queued' : 'already-settled');
  const { correction, ...set } = fresh;
  return { kind: 'update', change: waits ? { set, stamp: 'queuedAt' } : { set } };
}

/** The bucket no longer holds this generation. If this event arrives before the event of the upload, it leaves a tombstone. */
export function onDeleted(current: ImageRecord | undefined, object: ObjectFacts): Decision {
  const tombstone = freshRecord({ ...object, ...GONE });
  if (current === undefined) return { kind: 'create', record: { ...tombstone, ...NEVER_QUEUED } };
  const age = compareGenerations(object.generation, current.generation);
  if (age < 0) return nothing('older-generation');
  if (age === 0) {
    if (!current.present) return nothing('already-settled');
    // A deferred image has cost nothing.
    const set = current.status === 'deferred' ? { ...GONE, ...NEVER_QUEUED } : GONE;
    return { kind: 'update', change: { set } };
  }
  const { correction, ...set } = tombstone;
  return { kind: 'update', change: { set } };
}

/** An owner or a reference that was set after the upload. */
export function onAnnotated(
  current: ImageRecord | undefined,
  { generation, owner, ref }: Pick<ObjectFacts, 'generation' | 'owner' | 'ref'>,
): Decision {
  if (current === undefined) return nothing('not-recorded');
  const age = compareGenerations(generation, current.generation);
  if (age < 0) return nothing('older-generation');
  if (age > 0) return nothing('not-recorded');
  if (!current.present) return nothing('already-settled');
  if (owner === current.owner && ref === current.ref) return nothing('unchanged');
  return { kind: 'update', change: { set: { owner, ref } } };
}

/** How the processing of a queued image ended. */
export type Result =
  | {
      readonly kind: 'labelled';
      readonly verdict: Verdict;
      readonly model: ModelRef;
      /** Null if no model on trial was asked. */
      readonly shadow: ShadowAnswer | null;
      readonly embedding: readonly number[] | null;
      readonly timings: Timings;
      readonly thumbnail: Uint8Array | null;
      readonly appearance: Appearance;
    }
  | { readonly kind: 'rejected'; readonly code: RejectionCode }
  | { readonly kind: 'parked' }
  /** Not tried: the model fails too often at the moment. */
  | { readonly kind: 'deferred' }
  | { readonly kind: 'gone' }
  /** The bucket holds a newer generation: its event updates the record. */
  | { readonly kind: 'overwritten' };

/** The fields of a record that settling and announcing it need. */
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

/** What `onFinalized` creates for a queued generation, so that the record need not be read. */
export function outstandingOf({
  generation,
  uploadedAt,
}: Pick<ImageRecord, 'generation' | 'uploadedAt'>): Outstanding {
  return { ...FRESH, generation, uploadedAt, status: 'queued', reason: null };
}

/** Settles a record. Only a queued record of exactly this generation accepts a result. */
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

/** Counts a late delivery, before the work that may end the process. */
export function onAttempt(current: Outstanding | undefined, generation: Generation): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  return { kind: 'update', change: { set: { attempts: standing.record.attempts + 1 } } };
}

/**
 * Puts a settled generation back in the queue: for a new model, or for the budget of a new day. The old labels stay visible
 * until the new ones replace them.
 *
 * The attempts are kept, so that an image that ends worker processes is parked, however often it is requeued. They are reset
 * only after labels: an image that was labelled does not end processes.
 */
export function onRequeued(current: ImageRecord | undefined, generation: Generation): Decision {
  const isLabelled = current?.status === 'done' || current?.status === 'review';
  return requeued(current, generation, isLabelled ? { attempts: 0 } : {});
}

/** Puts a settled generation back in the queue because a person asks for it: its attempts are reset. */
export function onReplayed(current: ImageRecord | undefined, generation: Generation): Decision {
  return requeued(current, generation, { attempts: 0 });
}

function requeued(
  current: ImageRecord | undefined,
  generation: Generation,
  also: Pick<Partial<NewRecord>, 'attempts'>,
): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind === 'queued') return nothing('already-queued');
  if (standing.kind === 'void' || !standing.record.present) return refusalOf(standing);
  return { kind: 'update', change: { set: { status: 'queued', reason: null, ...also }, stamp: 'queuedAt' } };
}

/**
 * A record that is queued for too long: its message is lost or was never sent. The new `queuedAt` says that another message
 * was sent, so that the next sweep waits as long again.
 *
 * @param queuedBefore epoch milliseconds; what was queued later is not overdue
 */
export function onOverdue(
  current: ImageRecord | undefined,
  { generation, queuedBefore }: { readonly generation: Generation; readonly queuedBefore: number },
): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind !== 'queued') return refusalOf(standing);
  if ((standing.record.queuedAt ?? 0) >= queuedBefore) return nothing('not-overdue');
  return { kind: 'update', change: { set: { status: 'queued' }, stamp: 'queuedAt' } };
}

/** The object is about to be moved: its record stays settled, and no longer expects the object under its name. */
export function onMoved(current: ImageRecord | undefined, generation: Generation): Decision {
  const standing = standingOf(current, generation);
  if (standing.kind === 'queued') return nothing('already-queued');
  if (standing.kind === 'void' || !standing.record.present) return refusalOf(standing);
  return { kind: 'update', change: { set: { present: false } } };
}

/** Whether a generation is queued or settled, if its record has this generation. */
export type Standing<R> =
  | { readonly kind: 'queued'; readonly record: R }
  | { readonly kind: 'settled'; readonly record: R }
  | Refusal;

/** @throws {RangeError} the generation is newer than the record: a bug, since the record is written first */
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

/** The decision if the record is not queued as expected. */
export function refusalOf(standing: Exclude<Standing<unknown>, { kind: 'queued' }>): Refusal {
  return standing.kind === 'void' ? standing : nothing('already-settled');
}

const UNLABELLED = {
  category: null,
  confidence: null,
  labels: [],
  tier: null,
  damaged: false,
  typicality: null,
  thumbnail: false,
  model: null,
  shadow: null,
  embedding: null,
  timings: null,
  labeledAt: null,
  ...NO_APPEARANCE,
} as const;

/** Fields of every new record. */
const FRESH = { ...UNLABELLED, correction: null, attempts: 0 } as const;

const GONE = { status: 'deleted', reason: null, present: false } as const;

const NEVER_QUEUED = { queuedAt: null } as const;

/** The record keeps the state of the older generation until the event of the newer one arrives. */
export const OVERWRITTEN: Refusal = { kind: 'void', because: 'older-generation' };

export function nothing(because: Void): Refusal {
  return { kind: 'void', because };
}

function sameModel(a: ModelRef | null, b: ModelRef): boolean {
  return a?.id === b.id && a.version === b.version && a.sha256 === b.sha256;
}

function settlement(result: Exclude<Result, { kind: 'overwritten' }>, current: Outstanding): Change {
  switch (result.kind) {
    case 'labelled': {
      const { verdict, model, shadow, embedding, timings, appearance } = result;
      const thumbnail = result.thumbnail !== null;
      const { status, reason, tier } = verdict;
      // Queued again for a new model, but processed by a worker with the old one: the labels stay.
      if (sameModel(current.model, model))
        return { set: { status, reason, tier, ...(thumbnail && { thumbnail }), ...presentIn(appearance) } };
      return {
        set: { ...verdict, model, shadow, embedding, timings, thumbnail, ...appearance },
        stamp: 'labeledAt',
      };
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

/** Without what the tenant does not have: a record keeps it from before. */
function presentIn({ palette, colours, vector, backbone, heat }: Appearance): Partial<Appearance> {
  return {
    ...(palette && { palette, colours }),
    ...(vector && { vector, backbone }),
    ...(heat && { heat }),
  };
}

/** A corrected image is `done`, whatever the result, unless it is gone. */
function corrected(result: Result, change: Change): Change {
  return result.kind === 'gone'
    ? change
    : { ...change, set: { ...change.set, status: 'done', reason: null } };
}

function failed(reason: Reason) {
  return { ...UNLABELLED, status: 'failed', reason } as const;
}

function freshRecord(
  facts: ObjectFacts & Pick<ImageRecord, 'status' | 'reason'> & Partial<Pick<ImageRecord, 'present'>>,
): NewRecord {
  return { present: true, ...facts, ...FRESH, check: checkOf(facts.name, facts.generation) };
}

/** What `ingest` lets through, decided from the event alone: no byte of the object is read. */
import { tenantOf } from './identity.js';
import type { Priority, Reason, Status } from './record.js';

/** An object as a finalize event describes it. */
export interface Upload {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Custom metadata, as the uploader wrote it: any key, any text. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface AdmissionPolicy {
  /** Only names under one of these are labelled; empty means all. */
  readonly includePrefixes: readonly string[];
  /** Names under these are Hangtag's own output, or nobody's business. */
  readonly excludePrefixes: readonly string[];
  readonly maxBytes: number;
}

export interface Admission {
  readonly status: Extract<Status, 'queued' | 'skipped' | 'failed' | 'deferred'>;
  readonly reason: Reason | null;
}

/** Custom metadata key that marks an object as written by Hangtag, wherever it was put. */
export const WRITTEN_BY_KEY = 'hangtag-written-by';

/** Admitted, but not today. */
export const OVER_BUDGET: Admission = { status: 'deferred', reason: 'over-budget' };

const ADMITTED: Admission = { status: 'queued', reason: null };

/** The first rule that speaks decides; the order is from whose object it is to what is in it. */
export function admit(upload: Upload, policy: AdmissionPolicy): Admission {
  const { name, size, metadata } = upload;
  const under = (prefix: string) => name.startsWith(prefix);
  if (metadata[WRITTEN_BY_KEY] !== undefined) return skipped('self-written');
  if (tenantOf(name) === undefined) return skipped('unknown-tenant');
  if (policy.excludePrefixes.some(under)) return skipped('path-excluded');
  if (policy.includePrefixes.length > 0 && !policy.includePrefixes.some(under))
    return skipped('path-excluded');
  if (metadata['skip'] === 'true') return skipped('skip-requested');
  if (size === 0 && name.endsWith('/')) return skipped('folder');
  if (size === 0) return { status: 'failed', reason: 'empty' };
  if (size > policy.maxBytes) return { status: 'failed', reason: 'too-many-bytes' };
  return ADMITTED;
}

function skipped(reason: Reason): Admission {
  return { status: 'skipped', reason };
}

/** What people may say of an image through its custom metadata. */
export interface Annotations {
  readonly owner: string | null;
  readonly ref: string | null;
  readonly priority: Priority;
}

/** Characters kept of `owner` and `ref`: they are indexed, and Firestore indexes at most 1,500 bytes. */
export const MAX_ANNOTATION_LENGTH = 300;

export function annotationsOf(metadata: Readonly<Record<string, string>>): Annotations {
  return {
    owner: clipped(metadata['owner']),
    ref: clipped(metadata['ref']),
    priority: metadata['priority'] === 'backfill' ? 'backfill' : 'live',
  };
}

function clipped(text: string | undefined): string | null {
  // toWellFormed: a cut between two surrogates would leave text that no UTF-8 store accepts.
  return text === undefined || text === '' ? null : text.slice(0, MAX_ANNOTATION_LENGTH).toWellFormed();
}

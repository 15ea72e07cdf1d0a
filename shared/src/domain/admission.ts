/** Which uploads are labelled. Decided from the event alone: the object is not read. */
import { tenantFolderOf, tenantOf } from './identity.js';
import type { Priority, Reason, Status } from './record.js';

/** An object as a finalize event describes it. */
export interface Upload {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** Custom metadata, written by the uploader: any key, any text. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface AdmissionPolicy {
  /** Only names with one of these prefixes are labelled; empty: all names. */
  readonly includePrefixes: readonly string[];
  /** Names with one of these prefixes, also inside a tenant's folder, are not labelled. */
  readonly excludePrefixes: readonly string[];
  readonly maxBytes: number;
}

export interface Admission {
  readonly status: Extract<Status, 'queued' | 'skipped' | 'failed' | 'deferred'>;
  readonly reason: Reason | null;
}

/** Custom metadata key of every object that Hangtag writes. */
export const WRITTEN_BY_KEY = 'hangtag-written-by';

/**
 * An object that Hangtag wrote never has a record, in any bucket and folder: it is not an uploaded image, and a record under
 * `default` would show the files of one tenant to another. If an uploader sets the mark, the upload has no record either.
 */
export function isOwnOutput({ metadata }: Pick<Upload, 'metadata'>): boolean {
  return metadata[WRITTEN_BY_KEY] !== undefined;
}

/** Labelled on another day, because the budget of today is used up. */
export const OVER_BUDGET: Admission = { status: 'deferred', reason: 'over-budget' };

const ADMITTED: Admission = { status: 'queued', reason: null };

/** The first rule that applies decides. Rules on the tenant come first, then rules on the name, then rules on metadata and size. */
export function admit(upload: Upload, policy: AdmissionPolicy): Admission {
  const { name, size, metadata } = upload;
  const inTenant = name.slice(tenantFolderOf(name).length);
  const under = (prefix: string) => name.startsWith(prefix);
  const underOrInTenant = (prefix: string) => under(prefix) || inTenant.startsWith(prefix);
  if (tenantOf(name) === undefined) return skipped('unknown-tenant');
  if (policy.excludePrefixes.some(underOrInTenant)) return skipped('path-excluded');
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

/** What an uploader can say about an image in its custom metadata. */
export interface Annotations {
  readonly owner: string | null;
  readonly ref: string | null;
  readonly priority: Priority;
}

/** `owner` and `ref` are cut to this length: they are indexed, and Firestore indexes at most 1,500 bytes. */
export const MAX_ANNOTATION_LENGTH = 300;

export function annotationsOf(metadata: Readonly<Record<string, string>>): Annotations {
  return {
    owner: clipped(metadata['owner']),
    ref: clipped(metadata['ref']),
    priority: metadata['priority'] === 'backfill' ? 'backfill' : 'live',
  };
}

function clipped(text: string | undefined): string | null {
  // A cut between two surrogates leaves text that is not valid UTF-8.
  return text === undefined || text === '' ? null : text.slice(0, MAX_ANNOTATION_LENGTH).toWellFormed();
}

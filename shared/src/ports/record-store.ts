import type { ImageId, TenantId } from '../domain/identity.js';
import type { NameRange } from '../domain/name-range.js';
import type { RangeDigest } from '../domain/range-proof.js';
import type { ImageRecord, ModelRef, Reason, RecordVersion, Status } from '../domain/record.js';
import type { Change, NewRecord } from '../domain/transitions.js';

/** The address of a record: `tenants/{tenant}/images/{imageId}`. */
export interface RecordKey {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
}

/** A record, or a part of it, with the version that was read: a compare-and-set needs it. */
export interface Versioned<R = ImageRecord> {
  readonly record: R;
  readonly version: RecordVersion;
}

/** Selects present records of a range; absent: all of them. */
export type RecordFilter =
  /** Records with this status, and this reason if one is given, that were queued before an instant, in epoch milliseconds. */
  | { readonly status: Status; readonly reason?: Reason; readonly queuedBefore: number }
  /** Records that were labelled by the weights with this SHA-256. */
  | { readonly model: string };

export interface Selection extends NameRange {
  readonly filter?: RecordFilter;
  /** Maximum number of records. */
  readonly limit?: number;
}

/** Every method throws `TransientError` on network, contention or quota failure. */
export interface RecordStore {
  get(key: RecordKey): Promise<Versioned | undefined>;
  /** @returns its version; undefined if the document already exists: nothing is written then */
  create(key: RecordKey, record: NewRecord): Promise<RecordVersion | undefined>;
  /** @returns false if the record has changed since `version` or does not exist: nothing is written then */
  update(key: RecordKey, change: Change, version: RecordVersion): Promise<boolean>;
  /** Present records of a range, over all tenants: one aggregation, no scan. */
  digest(range: NameRange): Promise<RangeDigest>;
  /** Present records of a range, over all tenants, in name order. */
  scan(selection: Selection): AsyncIterable<Versioned>;
  /** Number of records of the selection, ignoring its limit: one aggregation, no scan. */
  count(selection: Selection): Promise<number>;
  /**
   * The model whose weights' SHA-256 follows `after` among those of the bucket's present records; '' gives the first. If two versions
   * have the same weights, it is one of them.
   */
  nextModel(bucket: string, after: string): Promise<ModelRef | undefined>;
}

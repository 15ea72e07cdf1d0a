import type { ImageId, TenantId } from '../domain/identity.js';
import type { NameRange } from '../domain/name-range.js';
import type { RangeDigest } from '../domain/range-proof.js';
import type { ImageRecord, RecordVersion, Status } from '../domain/record.js';
import type { Change, NewRecord } from '../domain/transitions.js';

/** The address of a record: `tenants/{tenant}/images/{imageId}`. */
export interface RecordKey {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
}

/** A record, or what is known of one, and the version at which it was so, for the compare-and-set that may follow. */
export interface Versioned<R = ImageRecord> {
  readonly record: R;
  readonly version: RecordVersion;
}

/** Which present records of a range are meant; absent: all of them. */
export type RecordFilter =
  /** Records of this status since before an instant, in epoch milliseconds. */
  | { readonly status: Status; readonly queuedBefore: number }
  /** Records labelled by the weights of this SHA-256. */
  | { readonly model: string };

export interface Selection extends NameRange {
  readonly filter?: RecordFilter;
  /** At most so many records. */
  readonly limit?: number;
}

/** Records. Every method throws `TransientError` on network, contention or quota failure. */
export interface RecordStore {
  get(key: RecordKey): Promise<Versioned | undefined>;
  /** @returns its version; undefined where the document exists already, and nothing is written then */
  create(key: RecordKey, record: NewRecord): Promise<RecordVersion | undefined>;
  /** @returns false where the record changed since `version`, or is gone; nothing is written then */
  update(key: RecordKey, change: Change, version: RecordVersion): Promise<boolean>;
  /** Present records of a range, over all tenants: one aggregation, no scan. */
  digest(range: NameRange): Promise<RangeDigest>;
  /** Present records of a range, over all tenants, in name order. */
  scan(selection: Selection): AsyncIterable<Versioned>;
  /** How many `scan` would give, without its limit: one aggregation, no scan. */
  count(selection: Selection): Promise<number>;
  /** The first SHA-256 after the given one that labelled some present record of a bucket; '' gives the first of all. */
  nextModel(bucket: string, after: string): Promise<string | undefined>;
}

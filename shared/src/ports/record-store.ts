import type { ImageId, TenantId } from '../domain/identity.js';
import type { ImageRecord } from '../domain/record.js';
import type { Change, NewRecord } from '../domain/transitions.js';

/** The address of a record: `tenants/{tenant}/images/{imageId}`. */
export interface RecordKey {
  readonly tenant: TenantId;
  readonly imageId: ImageId;
}

/** A record and the version it was read at, for the compare-and-set that may follow. */
export interface Versioned {
  readonly record: ImageRecord;
  readonly version: RecordVersion;
}

/** Opaque: Firestore's update time. Equal exactly when nothing was written between. */
export type RecordVersion = string & { readonly __brand: 'RecordVersion' };

/** Half-open range of object names of one bucket, ordered by UTF-8 bytes. `to` absent: to the end. */
export interface NameRange {
  readonly bucket: string;
  readonly from: string;
  readonly to?: string;
}

/** What the sweep compares with the bucket's listing: records of objects believed present. */
export interface RangeDigest {
  readonly count: number;
  /** Sum of `check`. */
  readonly sum: number;
}

/** Records. Every method throws `Transient` on network, contention or quota failure. */
export interface RecordStore {
  get(key: RecordKey): Promise<Versioned | undefined>;
  /** @returns false where the document exists already; nothing is written then */
  create(key: RecordKey, record: NewRecord): Promise<boolean>;
  /** @returns false where the record changed since `version`, or is gone; nothing is written then */
  update(key: RecordKey, change: Change, version: RecordVersion): Promise<boolean>;
  /** Present records of a range, over all tenants: one aggregation, no scan. */
  digest(range: NameRange): Promise<RangeDigest>;
  /** Present records of a range, over all tenants, in name order. */
  scan(range: NameRange): AsyncIterable<Versioned>;
}

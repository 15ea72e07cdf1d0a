import type { TenantId } from '../domain/identity.js';
import type { ImageRecord } from '../domain/record.js';
import type { Day } from '../domain/report/day-window.js';
import type { RecordKey } from './record-store.js';

/** What erasure needs besides the records. Every method throws `TransientError` on network or quota failure. */
export interface ErasureStore {
  /** Records of exactly this owner. Records that change meanwhile do not disturb the rest. */
  owned(tenant: TenantId, owner: string): AsyncIterable<OwnedRecord>;
  /** Keeps that it happened, and when by the server's time. */
  audit(tenant: TenantId, erasure: ErasureAudit): Promise<void>;
}

export interface OwnedRecord {
  readonly key: RecordKey;
  readonly record: ImageRecord;
}

/** Of whom is not in it: a list of those who wanted to be forgotten would not forget them. */
export interface ErasureAudit {
  readonly images: number;
  /** Days whose reports were made again, or lost their files. */
  readonly days: readonly Day[];
}

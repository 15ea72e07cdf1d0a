import type { ImageId, TenantId } from '../domain/identity.js';
import type { ImageRecord } from '../domain/record.js';
import type { Day } from '../domain/report/day-window.js';
import type { RecordKey, Versioned } from './record-store.js';

/** What an erasure needs besides the records. Every method throws `TransientError` on network or quota failure. */
export interface ErasureStore {
  /** Records of exactly this owner. Each is given once, even if records change meanwhile. */
  owned(tenant: TenantId, owner: string): AsyncIterable<OwnedRecord>;
  /** Removes what the review keeps of these images beside their records: answers, claims, and their places in queues. */
  removeReviews(tenant: TenantId, images: readonly ImageId[]): Promise<void>;
  /** How often documents name the person as the author of a judgement or a change. */
  countMentions(tenant: TenantId, person: string): Promise<number>;
  /** Puts `ERASED_PERSON` in place of the person there, and removes the documents that are about nothing else. */
  eraseMentions(tenant: TenantId, person: string): Promise<void>;
  /** Writes that it happened, with the server's time. */
  audit(tenant: TenantId, erasure: ErasureAudit): Promise<void>;
}

/** The fields that an erasure needs: no client writes them, so that a damaged correction does not prevent it. */
export const OWNED_FIELDS = ['bucket', 'name', 'generation', 'uploadedAt'] as const;

export interface OwnedRecord extends Versioned<Pick<ImageRecord, (typeof OWNED_FIELDS)[number]>> {
  readonly key: RecordKey;
}

/** Without the owner: a list of erased owners would not forget them. */
export interface ErasureAudit {
  readonly images: number;
  /** Days whose reports were made again, or whose row files were deleted. */
  readonly days: readonly Day[];
}

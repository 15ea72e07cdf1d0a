import type { ImageId, TenantId } from '../domain/identity.js';

/** An image whose label is likely wrong. */
export interface SuspectImage {
  readonly imageId: ImageId;
  readonly generation: string;
  /** The label that it more likely has. */
  readonly category: string;
  /** Probability of `category`, 0 to 1. */
  readonly confidence: number;
}

/** The document `tenants/{t}/queues/suspects`, from which the page makes a queue. */
export interface SuspectList {
  /** Replaces the list. @throws {TransientError} */
  put(tenant: TenantId, suspects: readonly SuspectImage[]): Promise<void>;
}

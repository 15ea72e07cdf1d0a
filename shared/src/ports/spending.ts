import type { TenantId } from '../domain/identity.js';

/** Counts billable images from their records. Every method throws `TransientError` on network or quota failure. */
export interface Spending {
  /** Images of one tenant, or of all, that were queued since an instant in epoch milliseconds: one aggregation. */
  imagesSince(sinceMs: number, tenant?: TenantId): Promise<number>;
}

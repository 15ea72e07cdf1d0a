import type { TenantId } from '../domain/identity.js';

/** What was spent, told from the records themselves. Every method throws `TransientError` on network or quota failure. */
export interface Spending {
  /** Images put in the queue since an instant, of one tenant or of all: one aggregation. Epoch milliseconds. */
  imagesSince(sinceMs: number, tenant?: TenantId): Promise<number>;
}

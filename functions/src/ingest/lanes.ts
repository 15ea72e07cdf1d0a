/**
 * Two lanes: a tenant in a surge waits in the lane of backlogs, so that the lane of new uploads stays short for the other
 * tenants. `ingest` counts uploads; `classify` counts processor time, since few images can take as long as many.
 *
 * Each instance counts what it sees itself. With several instances a burst may be several times as large, and several times
 * as many instances label. One common count would cost one more write for each image.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { Priority } from '@hangtag/shared/domain/record.js';
import { isOver, isSurging, onUse, type Surge, type SurgePolicy } from '@hangtag/shared/domain/surge.js';

export interface Lanes {
  /** Counts one upload of a tenant. @returns the lane that this upload waits in */
  countUpload(tenant: TenantId, uploadedAtMs: number): Priority;
}

/** One lane for all uploads. */
export const ONE_LANE: Lanes = { countUpload: () => 'live' };

/** How much each tenant uses, as far as this instance sees it. */
export class TenantUse {
  /** The tenant with the latest use is the last. */
  readonly #surges = new Map<TenantId, Surge>();
  readonly #policy: SurgePolicy;

  constructor(policy: SurgePolicy) {
    this.#policy = policy;
  }

  /** Tenants in memory: those with a use within the time that the largest surge takes to end. */
  get size(): number {
    return this.#surges.size;
  }

  /** @returns whether the tenant is in a surge */
  count(tenant: TenantId, amount: number, atMs: number): boolean {
    const surge = onUse(this.#surges.get(tenant), { amount, atMs }, this.#policy);
    this.#surges.delete(tenant);
    this.#surges.set(tenant, surge);
    this.#forgetThoseOver(atMs);
    return isSurging(surge, this.#policy);
  }

  #forgetThoseOver(nowMs: number): void {
    for (const [tenant, surge] of this.#surges) {
      if (!isOver(surge, nowMs, this.#policy)) return;
      this.#surges.delete(tenant);
    }
  }
}

export class SurgeLanes extends TenantUse implements Lanes {
  countUpload(tenant: TenantId, uploadedAtMs: number): Priority {
    return this.count(tenant, 1, uploadedAtMs) ? 'backfill' : 'live';
  }
}

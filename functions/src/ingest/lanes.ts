/**
 * Two lanes: a tenant that uploads in a surge waits in the lane of backlogs, so that the lane of new uploads stays short
 * for the other tenants.
 *
 * Each instance counts the uploads that it sees itself. With several instances a burst may be several times as large, and
 * several times as many instances label. One common count would cost one more write for each image.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { Priority } from '@hangtag/shared/domain/record.js';
import { isOver, isSurging, onUpload, type Surge, type SurgePolicy } from '@hangtag/shared/domain/surge.js';

export interface Lanes {
  /** Counts one upload of a tenant. @returns the lane that this upload waits in */
  countUpload(tenant: TenantId, uploadedAtMs: number): Priority;
}

/** One lane for all uploads. */
export const ONE_LANE: Lanes = { countUpload: () => 'live' };

export class SurgeLanes implements Lanes {
  /** The tenant with the latest upload is the last. */
  readonly #surges = new Map<TenantId, Surge>();
  readonly #policy: SurgePolicy;

  constructor(policy: SurgePolicy) {
    this.#policy = policy;
  }

  /** Tenants in memory: those with an upload within the time that the largest surge takes to end. */
  get size(): number {
    return this.#surges.size;
  }

  countUpload(tenant: TenantId, uploadedAtMs: number): Priority {
    const surge = onUpload(this.#surges.get(tenant), uploadedAtMs, this.#policy);
    this.#surges.delete(tenant);
    this.#surges.set(tenant, surge);
    this.#forgetThoseOver(uploadedAtMs);
    return isSurging(surge, this.#policy) ? 'backfill' : 'live';
  }

  #forgetThoseOver(nowMs: number): void {
    for (const [tenant, surge] of this.#surges) {
      if (!isOver(surge, nowMs, this.#policy)) return;
      this.#surges.delete(tenant);
    }
  }
}

/**
 * Who waits with whom. A tenant that uploads in a surge waits among the backlogs, with its surge alone: the queue of what
 * is uploaded now stays short for everybody else.
 *
 * Each instance counts what it sees itself, so a burst may be as many times larger as there are instances, and there
 * are then as many more that label. One count for all would cost a write more for every image.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { Priority } from '@hangtag/shared/domain/record.js';
import { isOver, isSurging, onUpload, type Surge, type SurgePolicy } from '@hangtag/shared/domain/surge.js';

export interface Lanes {
  /** Counts one upload of the tenant, and says which queue it belongs to. */
  laneOf(tenant: TenantId, uploadedAtMs: number): Priority;
}

/** Where nobody is to pass anybody by. */
export const ONE_LANE: Lanes = { laneOf: () => 'live' };

export class SurgeLanes implements Lanes {
  /** Whoever uploaded last comes last. */
  readonly #surges = new Map<TenantId, Surge>();
  readonly #policy: SurgePolicy;

  constructor(policy: SurgePolicy) {
    this.#policy = policy;
  }

  /** Tenants that are remembered: at most those of the time in which the largest surge is forgotten. */
  get size(): number {
    return this.#surges.size;
  }

  laneOf(tenant: TenantId, uploadedAtMs: number): Priority {
    const surge = onUpload(this.#surges.get(tenant), uploadedAtMs, this.#policy);
    this.#surges.delete(tenant);
    this.#surges.set(tenant, surge);
    this.#forget(uploadedAtMs);
    return isSurging(surge, this.#policy) ? 'backfill' : 'live';
  }

  #forget(nowMs: number): void {
    for (const [tenant, surge] of this.#surges) {
      if (!isOver(surge, nowMs, this.#policy)) return;
      this.#surges.delete(tenant);
    }
  }
}

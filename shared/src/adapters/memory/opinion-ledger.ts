import type { TenantId } from '../../domain/identity.js';
import type { Day } from '../../domain/report/day-window.js';
import type { OpinionLedger, OpinionSpending } from '../../ports/second-opinion.js';

export class MemoryOpinionLedger implements OpinionLedger {
  readonly #days = new Map<string, OpinionSpending>();

  async of(tenant: TenantId, day: Day): Promise<OpinionSpending> {
    return this.#of(tenant, day);
  }

  async add(tenant: TenantId, day: Day, usd: number): Promise<void> {
    const before = this.#of(tenant, day);
    this.#days.set(`${tenant} ${day}`, { images: before.images + 1, usd: before.usd + usd });
  }

  #of(tenant: TenantId, day: Day): OpinionSpending {
    return this.#days.get(`${tenant} ${day}`) ?? { images: 0, usd: 0 };
  }
}

import { BILLABLE_STATUSES } from '../../domain/budget.js';
import type { TenantId } from '../../domain/identity.js';
import type { Spending } from '../../ports/spending.js';
import type { MemoryRecordStore } from './record-store.js';

export class MemorySpending implements Spending {
  readonly #records: MemoryRecordStore;

  constructor(records: MemoryRecordStore) {
    this.#records = records;
  }

  async imagesSince(sinceMs: number, tenant?: TenantId): Promise<number> {
    const isBillable = (status: string) => BILLABLE_STATUSES.some((billable) => billable === status);
    const entries = [...this.#records.entries()].filter(({ key }) => (tenant ?? key.tenant) === key.tenant);
    return entries.filter(
      ({ record }) => record.queuedAt !== null && record.queuedAt >= sinceMs && isBillable(record.status),
    ).length;
  }
}

import type { TenantId } from '../../domain/identity.js';
import type { ErasureAudit, ErasureStore, OwnedRecord } from '../../ports/erasure-store.js';
import type { MemoryRecordStore } from './record-store.js';

export class MemoryErasureStore implements ErasureStore {
  readonly audits: ErasureAudit[] = [];
  readonly #records: Pick<MemoryRecordStore, 'entries'>;

  constructor(records: Pick<MemoryRecordStore, 'entries'>) {
    this.#records = records;
  }

  async *owned(tenant: TenantId, owner: string): AsyncIterable<OwnedRecord> {
    yield* [...this.#records.entries()].filter(
      ({ key, record }) => key.tenant === tenant && record.owner === owner,
    );
  }

  async audit(_tenant: TenantId, erasure: ErasureAudit): Promise<void> {
    this.audits.push(erasure);
  }
}

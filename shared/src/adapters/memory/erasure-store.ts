import { ERASED_PERSON } from '../../domain/erasure.js';
import type { ImageId, TenantId } from '../../domain/identity.js';
import type { ErasureAudit, ErasureStore, OwnedRecord } from '../../ports/erasure-store.js';
import type { MemoryRecordStore, RecordSnapshot } from './record-store.js';

/** Of the documents that name a person, it has the records. */
export class MemoryErasureStore implements ErasureStore {
  readonly audits: ErasureAudit[] = [];
  readonly #records: Pick<MemoryRecordStore, 'entries' | 'update'>;

  constructor(records: Pick<MemoryRecordStore, 'entries' | 'update'>) {
    this.#records = records;
  }

  async *owned(tenant: TenantId, owner: string): AsyncIterable<OwnedRecord> {
    yield* [...this.#records.entries()].filter(
      ({ key, record }) => key.tenant === tenant && record.owner === owner,
    );
  }

  async removeReviews(_tenant: TenantId, _images: readonly ImageId[]): Promise<void> {
    // There are none without Firestore.
  }

  async countMentions(tenant: TenantId, person: string): Promise<number> {
    return this.#correctedBy(tenant, person).length;
  }

  async eraseMentions(tenant: TenantId, person: string): Promise<void> {
    for (const { key, record, version } of this.#correctedBy(tenant, person)) {
      const correction = record.correction && { ...record.correction, by: ERASED_PERSON };
      await this.#records.update(key, { set: { correction } }, version);
    }
  }

  async audit(_tenant: TenantId, erasure: ErasureAudit): Promise<void> {
    this.audits.push(erasure);
  }

  #correctedBy(tenant: TenantId, person: string): readonly RecordSnapshot[] {
    return [...this.#records.entries()].filter(
      ({ key, record }) => key.tenant === tenant && record.correction?.by === person,
    );
  }
}

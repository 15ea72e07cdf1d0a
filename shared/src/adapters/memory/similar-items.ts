import type { SimilarImage, SimilarItems, SimilarQuery } from '../../ports/similar-items.js';
import type { MemoryRecordStore, RecordSnapshot } from './record-store.js';
import { VectorTable } from './vector-table.js';

type Records = Pick<MemoryRecordStore, 'entries' | 'subscribe'>;

/** Keeps a table of the vectors of each tenant and backbone, which follows the records. */
export class MemorySimilarItems implements SimilarItems {
  readonly #tables = new Map<string, VectorTable<string>>();
  /** The snapshot of each image that is in a table. */
  readonly #snapshots = new Map<string, RecordSnapshot>();

  constructor(records: Records) {
    for (const snapshot of records.entries()) this.#follow(snapshot);
    records.subscribe((snapshot) => this.#follow(snapshot));
  }

  async nearest({ tenant, vector, backbone, owner, limit }: SimilarQuery): Promise<readonly SimilarImage[]> {
    const accepts = (path: string) =>
      owner === undefined || this.#snapshots.get(path)?.record.owner === owner;
    const hits = this.#tables.get(tableOf(tenant, backbone))?.nearest(vector, limit, accepts) ?? [];
    return hits.flatMap(({ key: path, score }) => {
      const snapshot = this.#snapshots.get(path);
      if (snapshot === undefined) return [];
      return { imageId: snapshot.key.imageId, record: snapshot.record, similarity: score };
    });
  }

  #follow(snapshot: RecordSnapshot): void {
    const { key, record } = snapshot;
    const path = `${key.tenant}/${key.imageId}`;
    const before = this.#snapshots.get(path);
    const { vector, backbone, present } = record;
    if (!vector || !backbone || !present) {
      this.#remove(path, before);
      return;
    }
    this.#snapshots.set(path, snapshot);
    // Most writes leave the vector as it is.
    if (before?.record.vector === vector && before.record.backbone === backbone) return;
    if (before?.record.backbone !== backbone) this.#removeVector(path, before);
    const name = tableOf(key.tenant, backbone);
    const table = this.#tables.get(name) ?? new VectorTable<string>(vector.length);
    this.#tables.set(name, table);
    table.put(path, vector);
  }

  #remove(path: string, before: RecordSnapshot | undefined): void {
    this.#removeVector(path, before);
    this.#snapshots.delete(path);
  }

  #removeVector(path: string, before: RecordSnapshot | undefined): void {
    if (before?.record.backbone)
      this.#tables.get(tableOf(before.key.tenant, before.record.backbone))?.remove(path);
  }
}

function tableOf(tenant: string, backbone: string): string {
  return `${tenant}/${backbone}`;
}

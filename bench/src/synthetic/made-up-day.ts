/**
 * Records of a day that are generated when they are read: a store of them would hide the heap of the report.
 */
import { type ReturnsDay, returnsDay } from '@hangtag/drawings/returns-day.js';
import { STATUSES, type Status } from '@hangtag/shared/domain/record.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { FileStore } from '@hangtag/shared/ports/file-store.js';
import type { ListPage, StoredObject } from '@hangtag/shared/ports/object-store.js';

const PAGE_SIZE = 1_000;

export function madeUpRecords(day: ReturnsDay): DayRecords {
  return {
    async *rows() {
      for (const { record } of returnsDay(day)) yield record;
    },
    async count() {
      const counts = Object.fromEntries(STATUSES.map((status) => [status, 0])) as Record<Status, number>;
      for (const { record } of returnsDay(day)) counts[record.status] += 1;
      return { ...counts, moved: 0 };
    },
    async *corrections() {},
    async *ofTrial() {},
    firstUpload: async () => undefined,
    tenants: async () => [day.tenant],
  };
}

/** The listing of the bucket of these records. Their content cannot be read. */
export function madeUpListing(day: ReturnsDay): () => Promise<ListPage> {
  const objects = listed(day);
  return async () => {
    const page: StoredObject[] = [];
    for (let next = objects.next(); !next.done; next = objects.next()) {
      page.push(next.value);
      if (page.length === PAGE_SIZE) return { objects: page, nextPageToken: 'more' };
    }
    return { objects: page };
  };
}

function* listed(day: ReturnsDay): Generator<StoredObject> {
  for (const { record } of returnsDay(day)) {
    const { bucket, name, generation, size, contentType, md5Hash, uploadedAt } = record;
    yield { bucket, name, generation, size, contentType, md5Hash, uploadedAt, metadata: {} };
  }
}

/**
 * Collections are slow: one for this many writes separates live memory from garbage without dominating the
 * time.
 */
const WRITES_A_COLLECTION = 20;

/** Discards what is written, like an upload after it was sent, and reads the heap size. In bytes. */
export class DroppedFiles implements FileStore {
  highestHeap = 0;
  /** Highest after a collection; 0 without `--expose-gc`. */
  highestLiveHeap = 0;
  #writes = 0;

  read = async () => undefined;

  create() {
    return {
      write: async () => {
        this.highestHeap = Math.max(this.highestHeap, process.memoryUsage().heapUsed);
        this.#writes += 1;
        if (this.#writes % WRITES_A_COLLECTION === 0) this.#collect();
      },
      close: async () => 'written' as const,
      abort: () => undefined,
    };
  }

  async remove(): Promise<void> {}

  #collect(): void {
    if (globalThis.gc === undefined) return;
    globalThis.gc();
    this.highestLiveHeap = Math.max(this.highestLiveHeap, process.memoryUsage().heapUsed);
  }
}

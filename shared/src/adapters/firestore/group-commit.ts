import type { BulkWriter, Firestore } from '@google-cloud/firestore';

/** Between two groups: what comes meanwhile shares the next. */
const GATHER_MS = 20;

/**
 * Writes of a rush share requests; one that comes alone goes at once. A group is no transaction: each write has its own
 * precondition and its own outcome, and two of one document go in two requests. Only where a request fails as a whole do
 * all of its writes.
 * Source: https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.documents/batchWrite
 */
export class GroupCommit {
  readonly #firestore: Firestore;
  #open: BulkWriter | undefined;
  #committedAt = Number.NEGATIVE_INFINITY;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /**
   * @returns what `enqueue` returns, once its group is sent
   * @throws what the write throws: the client tries again what it could not send, and not what was refused
   */
  write<T>(enqueue: (group: BulkWriter) => Promise<T>): Promise<T> {
    this.#open ??= this.#begin();
    return enqueue(this.#open);
  }

  #begin(): BulkWriter {
    const group = this.#firestore.bulkWriter({ throttling: false });
    group.onWriteError(() => false);
    const commit = () => {
      this.#open = undefined;
      this.#committedAt = performance.now();
      void group.close();
    };
    const waitMs = this.#committedAt + GATHER_MS - performance.now();
    if (waitMs > 0) setTimeout(commit, waitMs);
    else setImmediate(commit);
    return group;
  }
}

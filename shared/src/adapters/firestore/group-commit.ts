import type { BulkWriter, Firestore } from '@google-cloud/firestore';

/** The time between two groups. Writes within this time share a group. */
const GATHER_MS = 20;
/** The same while writes come at the same time. A process with one event at a time has no second write to wait for. */
const GATHER_SEVERAL_MS = 50;

/**
 * Writes at the same time share requests; a single write is sent at once. A group is no transaction: each write has its own
 * precondition and its own outcome, and two writes of one document are sent in two requests. If a request fails, all of its
 * writes fail.
 * Source: https://cloud.google.com/firestore/docs/reference/rest/v1/projects.databases.documents/batchWrite
 */
export class GroupCommit {
  readonly #firestore: Firestore;
  #open: BulkWriter | undefined;
  /** Writes in the group that is open, or else in the last one. */
  #size = 0;
  #committedAt = Number.NEGATIVE_INFINITY;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /**
   * @returns the result of the write, after its group is sent
   * @throws the error of the write. The client retries after UNAVAILABLE and ABORTED: a write that was committed can then fail
   *   by its precondition
   */
  write<T>(enqueue: (group: BulkWriter) => Promise<T>): Promise<T> {
    this.#open ??= this.#begin();
    this.#size += 1;
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
    const gatherMs = this.#size > 1 ? GATHER_SEVERAL_MS : GATHER_MS;
    const waitMs = this.#committedAt + gatherMs - performance.now();
    this.#size = 0;
    if (waitMs > 0) setTimeout(commit, waitMs);
    else setImmediate(commit);
    return group;
  }
}

/**
 * Writes objects, each change as one journal entry. The name is locked while preconditions are checked and the entry is
 * written:
 *
 *     lock name -> read -> check preconditions -> append entry -> (applied) -> unlock -> deliver events
 *
 * So two writers of one name cannot both pass a precondition that only one may pass. Writers of different names share
 * disk writes.
 */

import { type Generation, parseGeneration } from '@hangtag/shared/domain/generation.js';
import { objectNotFound } from './api-error.js';
import type { Catalog } from './catalog.js';
import type { ContentFiles } from './content-files.js';
import type { Journal } from './journal.js';
import { NameLocks } from './name-locks.js';
import { type Change, merge, type NewObject, ObjectChanges } from './object-changes.js';
import type { Outbox } from './outbox.js';
import { assertWritable, type Preconditions } from './preconditions.js';
import type { JournalEntry, ObjectRecord, ObjectSettings } from './record.js';

export interface ObjectRef {
  readonly bucket: string;
  readonly name: string;
  readonly generation?: Generation | undefined;
  readonly preconditions: Preconditions;
}

export interface Move {
  readonly source: ObjectRef;
  readonly destination: ObjectRef;
}

export interface ObjectStoreOptions {
  readonly catalog: Catalog;
  readonly journal: Journal<JournalEntry>;
  readonly contents: ContentFiles;
  readonly outbox: Outbox | undefined;
  readonly nowMs: () => number;
}

export class ObjectStore {
  readonly #locks = new NameLocks();
  readonly #changes: ObjectChanges;

  constructor(private readonly options: ObjectStoreOptions) {
    this.#changes = new ObjectChanges(options.catalog, options.nowMs);
  }

  /** @throws {ApiError} 404: the bucket does not exist. */
  find({ bucket, name, generation }: Omit<ObjectRef, 'preconditions'>): ObjectRecord | undefined {
    return this.options.catalog.find(bucket, name, generation);
  }

  /** @throws {ApiError} 404: the object or the generation does not exist. */
  get(ref: Omit<ObjectRef, 'preconditions'>): ObjectRecord {
    const record = this.find(ref);
    if (!record) throw objectNotFound(ref.bucket, ref.name);
    return record;
  }

  /** To reject a write before its body is read. The write checks again. @throws {ApiError} 404, 412 */
  assertInsertable({ bucket, name, preconditions }: ObjectRef): void {
    assertWritable(preconditions, this.options.catalog.find(bucket, name));
  }

  /** Makes stored content the live object. On failure the content is removed. @throws {ApiError} 404, 412 */
  async insert(object: NewObject & ObjectRef): Promise<ObjectRecord> {
    try {
      return await this.#locked(object.bucket, [object.name], async () => {
        this.assertInsertable(object);
        const { record, change } = this.#changes.arrival(object);
        await this.#commit(change);
        return record;
      });
    } catch (error) {
      this.options.contents.remove(object.content.contentId);
      throw error;
    }
  }

  /** @throws {ApiError} 404, 412, or an error of `change`. */
  update(ref: ObjectRef, change: (settings: ObjectSettings) => ObjectSettings): Promise<ObjectRecord> {
    return this.#locked(ref.bucket, [ref.name], async () => {
      const old = this.get(ref);
      assertWritable(ref.preconditions, old);
      const updated = this.#changes.newSettings(old, change(old.settings));
      await this.#commit(updated.change);
      return updated.record;
    });
  }

  /** Without a generation, a versioned bucket keeps the object as noncurrent. @throws {ApiError} 404, 412 */
  remove(ref: ObjectRef): Promise<void> {
    return this.#locked(ref.bucket, [ref.name], async () => {
      const record = this.get(ref);
      assertWritable(ref.preconditions, record);
      const isLiveOne = ref.generation === undefined;
      await this.#commit(isLiveOne ? this.#changes.retirement(record) : this.#changes.removal(record));
    });
  }

  /**
   * Atomic: at any time exactly one of the two names has a live object. A versioned bucket keeps the source as noncurrent.
   *
   * @throws {ApiError} 404, 412
   */
  move({ source, destination }: Move): Promise<ObjectRecord> {
    return this.#locked(source.bucket, [source.name, destination.name], async () => {
      const moved = this.get(source);
      assertWritable(source.preconditions, moved);
      this.assertInsertable(destination);
      const retirement = this.#changes.retirement(moved);
      // A noncurrent source keeps its content, so the destination gets a copy.
      const isKept = retirement.puts.length > 0;
      const contentId = isKept ? await this.options.contents.copy(moved.contentId) : moved.contentId;
      const { settings } = moved;
      const content = { ...moved, contentId };
      const { record, change } = this.#changes.arrival({ ...destination, settings, content });
      await this.#commit(merge(retirement, change));
      return record;
    });
  }

  async #commit(change: Change): Promise<void> {
    const { journal, outbox, contents } = this.options;
    const removals = change.removals.map(({ bucket, name, generation }) => ({ bucket, name, generation }));
    const removed = change.removals.map((key) =>
      this.options.catalog.find(key.bucket, key.name, parseGeneration(key.generation)),
    );
    await journal.append({ kind: 'objects', ...change, removals, events: outbox ? change.events : [] });
    const kept = new Set(change.puts.map((record) => record.contentId));
    for (const record of removed)
      if (record && !kept.has(record.contentId)) contents.remove(record.contentId);
    outbox?.deliver(change.events);
  }

  async #locked<T>(bucketName: string, names: readonly string[], work: () => Promise<T>): Promise<T> {
    const bucket = this.options.catalog.bucket(bucketName);
    bucket.writers += 1;
    try {
      return await this.#locks.run(
        [...new Set(names)].map((name) => `${bucketName}/${name}`),
        work,
      );
    } finally {
      bucket.writers -= 1;
    }
  }
}

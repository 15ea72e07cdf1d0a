/**
 * What can happen to an object, each as one journal entry. Preconditions are checked and the entry is written while
 * the name is locked:
 *
 *     lock name -> look -> check preconditions -> append entry -> (applied) -> unlock -> offer events
 *
 * so two writers of one name cannot both see the state before the other, and writers of different names share writes.
 */

import { randomUUID } from 'node:crypto';
import { type Generation, parseGeneration } from '@hangtag/shared/domain/generation.js';
import { objectNotFound } from './api-error.js';
import type { Catalog } from './catalog.js';
import type { ContentFiles } from './content-files.js';
import type { Journal } from './journal.js';
import type { JournalEntry, ObjectsEntry } from './journal-entry.js';
import { NameLocks } from './name-locks.js';
import type { Outbox } from './outbox.js';
import { assertWritable, type Preconditions } from './preconditions.js';
import type { ContentId, EventRecord, ObjectEventType, ObjectRecord, ObjectSettings } from './record.js';

export interface ObjectRef {
  readonly bucket: string;
  readonly name: string;
  readonly generation?: Generation | undefined;
  readonly preconditions: Preconditions;
}

export interface NewObject extends ObjectRef {
  readonly settings: ObjectSettings;
  readonly content: {
    readonly contentId: ContentId;
    readonly sizeBytes: number;
    readonly crc32c: string;
    readonly md5Hash?: string | undefined;
    readonly componentCount?: number | undefined;
  };
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

type Change = Omit<ObjectsEntry, 'kind'>;

export class ObjectStore {
  readonly #locks = new NameLocks();

  constructor(private readonly options: ObjectStoreOptions) {}

  /** @throws {ApiError} 404: there is no such object, or that generation of it is gone. */
  get({ bucket, name, generation }: Omit<ObjectRef, 'preconditions'>): ObjectRecord {
    const record = this.options.catalog.find(bucket, name, generation);
    if (!record) throw objectNotFound(bucket, name);
    return record;
  }

  /** For refusing a write before its body is read; the write checks again. @throws {ApiError} 404, 412 */
  assertInsertable({ bucket, name, preconditions }: ObjectRef): void {
    assertWritable(preconditions, this.options.catalog.find(bucket, name));
  }

  /** Makes stored content the live object. The content is removed when this fails. @throws {ApiError} 404, 412 */
  async insert(object: NewObject): Promise<ObjectRecord> {
    try {
      return await this.#locked(object.bucket, [object.name], async () => {
        this.assertInsertable(object);
        const { record, change } = this.#replacement(object);
        await this.#commit(change);
        return record;
      });
    } catch (error) {
      this.options.contents.remove(object.content.contentId);
      throw error;
    }
  }

  /** @throws {ApiError} 404, 412, or what `change` throws. */
  update(ref: ObjectRef, change: (settings: ObjectSettings) => ObjectSettings): Promise<ObjectRecord> {
    return this.#locked(ref.bucket, [ref.name], async () => {
      const old = this.get(ref);
      assertWritable(ref.preconditions, old);
      const metageneration = old.metageneration + 1;
      const record = { ...old, settings: change(old.settings), metageneration, updated: this.#now() };
      await this.#commit({ removals: [], puts: [record], events: [this.#event('metadataUpdated', record)] });
      return record;
    });
  }

  /** Without a generation, a versioned bucket keeps the object as a noncurrent one. @throws {ApiError} 404, 412 */
  remove(ref: ObjectRef): Promise<void> {
    return this.#locked(ref.bucket, [ref.name], async () => {
      const record = this.get(ref);
      assertWritable(ref.preconditions, record);
      const keep = ref.generation === undefined && this.#isVersioned(ref.bucket);
      await this.#commit(this.#retirement({ record, keep, attributes: {} }));
    });
  }

  /** Atomic: at every moment exactly one of the two names has the content. @throws {ApiError} 404, 412 */
  move({ source, destination }: Move): Promise<ObjectRecord> {
    return this.#locked(source.bucket, [source.name, destination.name], async () => {
      const moved = this.get(source);
      assertWritable(source.preconditions, moved);
      this.assertInsertable(destination);
      const content = { ...moved };
      const { record, change } = this.#replacement({ ...destination, settings: moved.settings, content });
      const leaving = this.#retirement({ record: moved, keep: false, attributes: {} });
      await this.#commit(merge(leaving, change));
      return record;
    });
  }

  #replacement(object: NewObject): { record: ObjectRecord; change: Change } {
    const { bucket, name, settings, content } = object;
    const { catalog, nowMs } = this.options;
    const previous = catalog.find(bucket, name);
    const now = this.#now();
    const { contentId, sizeBytes, crc32c, md5Hash, componentCount } = content;
    const record: ObjectRecord = {
      bucket,
      name,
      generation: parseGeneration(String(catalog.nextGeneration(nowMs()))),
      metageneration: 1,
      contentId,
      sizeBytes,
      crc32c,
      md5Hash,
      componentCount,
      timeCreated: now,
      updated: now,
      settings,
    };
    if (!previous)
      return { record, change: { removals: [], puts: [record], events: [this.#event('finalized', record)] } };
    const finalized = this.#event('finalized', record, { overwroteGeneration: previous.generation });
    const retirement = this.#retirement({
      record: previous,
      keep: this.#isVersioned(bucket),
      attributes: { overwrittenByGeneration: record.generation },
    });
    return { record, change: merge(retirement, { removals: [], puts: [record], events: [finalized] }) };
  }

  #retirement(request: {
    readonly record: ObjectRecord;
    readonly keep: boolean;
    readonly attributes: Readonly<Record<string, string>>;
  }): Change {
    const { record, keep, attributes } = request;
    if (!keep) return { removals: [record], puts: [], events: [this.#event('deleted', record, attributes)] };
    const noncurrent = { ...record, noncurrentSince: this.#now() };
    return { removals: [], puts: [noncurrent], events: [this.#event('archived', noncurrent, attributes)] };
  }

  #event(
    type: ObjectEventType,
    record: ObjectRecord,
    attributes: Readonly<Record<string, string>> = {},
  ): EventRecord {
    return { id: randomUUID(), type, time: this.#now(), record, attributes };
  }

  async #commit(change: Change): Promise<void> {
    const { journal, outbox, contents } = this.options;
    const removals = change.removals.map(({ bucket, name, generation }) => ({ bucket, name, generation }));
    const doomed = change.removals.map((key) =>
      this.options.catalog.find(key.bucket, key.name, parseGeneration(key.generation)),
    );
    await journal.append({ kind: 'objects', ...change, removals, events: outbox ? change.events : [] });
    const kept = new Set(change.puts.map((record) => record.contentId));
    for (const record of doomed) if (record && !kept.has(record.contentId)) contents.remove(record.contentId);
    outbox?.offer(change.events);
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

  #isVersioned(bucket: string): boolean {
    const { versioning } = this.options.catalog.bucket(bucket).record.settings;
    return (
      typeof versioning === 'object' &&
      versioning !== null &&
      'enabled' in versioning &&
      versioning.enabled === true
    );
  }

  #now(): string {
    return new Date(this.options.nowMs()).toISOString();
  }
}

function merge(first: Change, second: Change): Change {
  return {
    removals: [...first.removals, ...second.removals],
    puts: [...first.puts, ...second.puts],
    events: [...first.events, ...second.events],
  };
}

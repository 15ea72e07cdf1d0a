/**
 * Creates, changes and deletes buckets, one change of a bucket at a time: of two with the same precondition, one succeeds. All
 * settings are stored; only `versioning.enabled` has an effect.
 */

import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import { conflict } from './api-error.js';
import type { Bucket, Catalog } from './catalog.js';
import type { Journal } from './journal.js';
import { assertKept } from './metadata.js';
import { NameLocks } from './name-locks.js';
import { parseBucketName } from './names.js';
import { assertWritable, type Preconditions } from './preconditions.js';
import type { BucketRecord, JournalEntry } from './record.js';

export interface BucketStoreOptions {
  readonly catalog: Catalog;
  readonly journal: Journal<JournalEntry>;
  readonly nowMs: () => number;
}

type Settings = Readonly<Record<string, unknown>>;

/** Fields that only the server sets. A client that sends one changes nothing. */
const READ_ONLY = new Set([
  'kind',
  'id',
  'selfLink',
  'name',
  'etag',
  'metageneration',
  'timeCreated',
  'updated',
  'projectNumber',
]);

export class BucketStore {
  readonly #locks = new NameLocks();

  constructor(private readonly options: BucketStoreOptions) {}

  get(name: string): Bucket {
    return this.options.catalog.bucket(name);
  }

  list(prefix: string): BucketRecord[] {
    return [...this.options.catalog.buckets.values()]
      .map((bucket) => bucket.record)
      .filter((record) => record.name.startsWith(prefix))
      .sort((a, b) => compareUtf8(a.name, b.name));
  }

  /** @throws {ApiError} 400: the name or a setting is not valid; 409: the bucket exists. */
  async create(body: Settings): Promise<BucketRecord> {
    const name = parseBucketName(body['name']);
    return this.#locks.run([name], async () => {
      if (this.options.catalog.buckets.has(name)) throw conflict(`The bucket ${name} exists already`);
      const now = this.#now();
      const settings = merged({}, body);
      return this.#put({ name, metageneration: 1, timeCreated: now, updated: now, settings });
    });
  }

  /** A null removes a setting, and in `labels` a label. @throws {ApiError} 400, 404, 412 */
  async patch(
    name: string,
    change: { readonly body: Settings; readonly preconditions: Preconditions },
  ): Promise<BucketRecord> {
    return this.#locks.run([name], async () => {
      const { record } = this.get(name);
      assertBucket(change.preconditions, record);
      const settings = merged(record.settings, change.body);
      return this.#put({
        ...record,
        settings,
        metageneration: record.metageneration + 1,
        updated: this.#now(),
      });
    });
  }

  /** @throws {ApiError} 404; 409: the bucket has objects, including noncurrent ones; 412 */
  async delete(name: string, preconditions: Preconditions): Promise<void> {
    return this.#locks.run([name], async () => {
      const bucket = this.get(name);
      assertBucket(preconditions, bucket.record);
      if (bucket.objects.size > 0 || bucket.writers > 0)
        throw conflict('The bucket you tried to delete is not empty.');
      bucket.closing = true;
      try {
        await this.options.journal.append({ kind: 'bucket-deleted', name });
      } catch (error) {
        bucket.closing = false;
        throw error;
      }
    });
  }

  async #put(record: BucketRecord): Promise<BucketRecord> {
    await this.options.journal.append({ kind: 'bucket', bucket: record });
    return record;
  }

  #now(): string {
    return new Date(this.options.nowMs()).toISOString();
  }
}

/** A bucket has a metageneration and no generation. */
function assertBucket(preconditions: Preconditions, { metageneration }: BucketRecord): void {
  const { metagenerationMatch, metagenerationNotMatch } = preconditions;
  assertWritable({ metagenerationMatch, metagenerationNotMatch }, { metageneration });
}

function merged(settings: Settings, changes: Settings): Record<string, unknown> {
  assertKept(changes);
  const result: Record<string, unknown> = { ...settings };
  for (const [key, value] of Object.entries(changes)) {
    if (READ_ONLY.has(key)) continue;
    if (value === null) delete result[key];
    else result[key] = key === 'labels' && isObject(value) ? merged(asObject(settings[key]), value) : value;
  }
  return result;
}

const isObject = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const asObject = (value: unknown): Settings => (isObject(value) ? value : {});

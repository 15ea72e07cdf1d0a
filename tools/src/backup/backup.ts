/**
 * A backup is a folder:
 *
 *     backup.json         the bucket, the time, and how much there is; written last, so that a folder without it is incomplete
 *     documents.ndjson    all documents of the database
 *     objects.ndjson      the objects of the bucket: name, generation, metadata
 *     models/             the versions of models, as a store of models in a folder
 *     objects/            their bytes as they are stored, in files named by the SHA-256 of the name
 *
 * Documents are read first. So an image that is uploaded meanwhile is in the backup without a record, and the sweep labels it after a
 * restore.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Bucket, File } from '@google-cloud/storage';
import { HTTP, statusOf } from '@hangtag/shared/adapters/gcs/http-outcome.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { FolderModelStore } from '@hangtag/shared/inference/store/folder-model-store.js';
import type { ModelStore } from '@hangtag/shared/ports/model-store.js';
import pMap, { pMapSkip } from 'p-map';
import { copyModels } from './copy-models.js';
import type { DocumentDatabase } from './documents.js';

const CONCURRENCY = 16;

export interface Place {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly database: DocumentDatabase;
  /** Undefined if it is not known where the models are. */
  readonly models: ModelStore | undefined;
}

/** One line of objects.ndjson. */
export interface SavedObject {
  readonly name: string;
  readonly generation: string;
  readonly md5Hash: string | undefined;
  /** As Cloud Storage names them: contentType, contentEncoding, cacheControl, and `metadata` for custom ones. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Summary {
  readonly bucket: string;
  readonly savedAt: string;
  readonly documents: number;
  readonly objects: number;
  /** Null if it is not known where they are. */
  readonly models: number | null;
}

/** @throws {UsageError} the folder is not empty */
export async function backup({ folder, bucket, database, models }: Place): Promise<Summary> {
  await mkdir(join(folder, 'objects'), { recursive: true });
  if ((await readdir(folder)).length > 1)
    throw new UsageError(`Expected an empty folder but found files in ${folder}`);
  const savedAt = new Date().toISOString();
  let documents = 0;
  await writeLines(
    join(folder, 'documents.ndjson'),
    counted(database.read(), () => (documents += 1)),
  );
  const files = bucket.getFilesStream() as AsyncIterable<File>;
  const save = async (file: File) => (await saveObject(file, folder)) ?? pMapSkip;
  const saved = await pMap(files, save, { concurrency: CONCURRENCY });
  await writeLines(join(folder, 'objects.ndjson'), saved);
  const copied = models === undefined ? null : await copyModels(models, savedModels(folder));
  const summary = { bucket: bucket.name, savedAt, documents, objects: saved.length, models: copied };
  await writeFile(join(folder, 'backup.json'), `${JSON.stringify(summary, null, 2)}\n`);
  return summary;
}

/** The store of the models of a backup. */
export function savedModels(folder: string): ModelStore {
  return new FolderModelStore(join(folder, 'models'));
}

/** Where the bytes of an object are kept. */
export function contentPath(folder: string, name: string): string {
  return join(folder, 'objects', createHash('sha256').update(name).digest('hex'));
}

/** @returns undefined if the object was deleted since it was listed; of one that was replaced, the present generation */
async function saveObject(file: File, folder: string): Promise<SavedObject | undefined> {
  for (;;) {
    try {
      return await saveGeneration(file, folder);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    try {
      await file.getMetadata();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }
}

function isMissing(error: unknown): boolean {
  return statusOf(error) === HTTP.notFound;
}

async function saveGeneration(file: File, folder: string): Promise<SavedObject> {
  const { generation, md5Hash, contentType, contentEncoding, cacheControl, metadata } = file.metadata;
  const pinned = file.bucket.file(file.name, { generation: String(generation) });
  // Not unzipped: the bytes must be those that the MD5 is of.
  await pipeline(
    pinned.createReadStream({ decompress: false }),
    createWriteStream(contentPath(folder, file.name)),
  );
  const settings = { contentType, contentEncoding, cacheControl, metadata };
  return { name: file.name, generation: String(generation), md5Hash, settings };
}

async function* counted<T>(items: AsyncIterable<T>, count: () => void): AsyncGenerator<T> {
  for await (const item of items) {
    count();
    yield item;
  }
}

async function writeLines(path: string, items: AsyncIterable<object> | Iterable<object>): Promise<void> {
  async function* lines() {
    for await (const item of items) yield `${JSON.stringify(item)}\n`;
  }
  await pipeline(lines, createWriteStream(path));
}

/**
 * Restores a backup. A bucket gives every object that is written a new generation, so the documents about the object get it too: its
 * record, with the fingerprint that the sweep's range proof counts, the correction in it, and what reviewers answered. They stay in force.
 *
 * Each object is written before its record. Its event makes a new record and queues the image; the restored record then replaces
 * this one, and what was queued is void, because the record is not `queued` any more. An object that the bucket has already is
 * kept, so a restore can be repeated.
 */
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Bucket, File, FileMetadata } from '@google-cloud/storage';
import { HTTP, statusOf } from '@hangtag/shared/adapters/gcs/http-outcome.js';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { checkOf, imageIdOf } from '@hangtag/shared/domain/identity.js';
import { InputError } from '@hangtag/shared/errors.js';
import { readLines } from '@hangtag/shared/read-lines.js';
import pMap from 'p-map';
import { contentPath, type Place, type SavedObject, type Summary, savedModels } from './backup.js';
import { copyModels } from './copy-models.js';
import { type Fields, type StoredDocument, type Value, WRITES_AT_ONCE } from './documents.js';

const CONCURRENCY = 16;

export interface Restored {
  readonly documents: number;
  readonly objects: number;
  readonly models: number;
  /** Names for which the bucket has other content than the backup: neither they nor their records were changed. */
  readonly kept: readonly string[];
}

interface Replaced {
  readonly name: string;
  readonly saved: string;
  /** Undefined: the bucket has other content under this name. */
  readonly restored: string | undefined;
}

/** @throws {InputError} the folder is not a complete backup */
export async function restore({ folder, bucket, database, models }: Place): Promise<Restored> {
  const { bucket: savedBucket } = await readSummary(folder);
  // First, because the documents of tenants name them.
  const copied = models === undefined ? 0 : await copyModels(savedModels(folder), models);
  const present = await presentIn(bucket);
  const replaced = new Map<string, Replaced>();
  await pMap(
    linesOf<SavedObject>(join(folder, 'objects.ndjson')),
    async (object) => {
      replaced.set(imageIdOf(savedBucket, object.name), {
        name: object.name,
        saved: object.generation,
        restored: await writeObject(object, { folder, bucket, present }),
      });
    },
    { concurrency: CONCURRENCY },
  );
  let documents = 0;
  let batch: StoredDocument[] = [];
  const flush = async () => {
    if (batch.length > 0) await database.write(batch);
    documents += batch.length;
    batch = [];
  };
  for await (const document of linesOf<StoredDocument>(join(folder, 'documents.ndjson'))) {
    const restored = withNewGeneration(document, replaced);
    if (restored !== undefined) batch.push(restored);
    if (batch.length === WRITES_AT_ONCE) await flush();
  }
  await flush();
  const kept = [...replaced.values()].flatMap(({ name, restored }) => (restored === undefined ? name : []));
  return { documents, objects: replaced.size - kept.length, models: copied, kept };
}

async function readSummary(folder: string): Promise<Summary> {
  try {
    return JSON.parse(await readFile(join(folder, 'backup.json'), 'utf8')) as Summary;
  } catch (cause) {
    throw new InputError(
      `Expected a complete backup in ${folder} but found no backup.json that can be read`,
      { cause },
    );
  }
}

type Present = Pick<SavedObject, 'generation' | 'md5Hash'>;

function presentOf({ generation, md5Hash }: FileMetadata): Present {
  return { generation: String(generation), md5Hash };
}

/** One listing, so that a repeated restore sends no bytes of what the bucket has: the client keeps a refused upload open for a minute. */
async function presentIn(bucket: Bucket): Promise<ReadonlyMap<string, Present>> {
  const present = new Map<string, Present>();
  for await (const { name, metadata } of bucket.getFilesStream() as AsyncIterable<File>)
    present.set(name, presentOf(metadata));
  return present;
}

interface Target {
  readonly folder: string;
  readonly bucket: Bucket;
  readonly present: ReadonlyMap<string, Present>;
}

/** @returns the generation; undefined if the bucket has other content under this name */
async function writeObject(
  { name, md5Hash, settings }: SavedObject,
  { folder, bucket, present }: Target,
): Promise<string | undefined> {
  const file = bucket.file(name);
  const options = { resumable: false, metadata: settings, preconditionOpts: { ifGenerationMatch: 0 } };
  let found = present.get(name);
  try {
    if (found === undefined)
      await pipeline(createReadStream(contentPath(folder, name)), file.createWriteStream(options));
  } catch (error) {
    if (statusOf(error) !== HTTP.preconditionFailed) throw error;
    found = presentOf((await file.getMetadata())[0]);
  }
  if (found === undefined) return String(file.metadata.generation);
  return md5Hash !== undefined && found.md5Hash === md5Hash ? found.generation : undefined;
}

/**
 * @param replaced by the id of the image
 * @returns undefined if the document is the record of an object that was not restored
 */
function withNewGeneration(
  document: StoredDocument,
  replaced: ReadonlyMap<string, Replaced>,
): StoredDocument | undefined {
  const { path, fields } = document;
  const [, collection, id = ''] = /^tenants\/[^/]+\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  switch (collection) {
    case 'images': {
      const object = replaced.get(id);
      return object === undefined ? document : asRecord(document, object);
    }
    case 'answers':
    case 'controls': {
      const object = replaced.get(fields['image']?.stringValue ?? '');
      if (object?.restored === undefined) return document;
      const { saved, restored } = object;
      return {
        path: path.replace(`.${saved}.`, `.${restored}.`),
        fields: regenerated(fields, { saved, restored }),
      };
    }
    case 'queues': {
      const images = fields['images']?.arrayValue?.values;
      if (images === undefined) return document;
      const values = images.map((image) => {
        const entry = image.mapValue?.fields ?? {};
        const object = replaced.get(entry['imageId']?.stringValue ?? '');
        if (object?.restored === undefined) return image;
        const { saved, restored } = object;
        return { mapValue: { fields: regenerated(entry, { saved, restored }) } };
      });
      return { path, fields: { ...fields, images: { arrayValue: { values } } } };
    }
    default:
      return document;
  }
}

function asRecord(document: StoredDocument, { name, saved, restored }: Replaced): StoredDocument | undefined {
  const { path, fields } = document;
  if (restored === undefined) return undefined;
  // The object was replaced while the backup was made: the sweep repairs this record.
  if (fields['generation']?.stringValue !== saved) return document;
  const check = { integerValue: String(checkOf(name, parseGeneration(restored))) };
  return { path, fields: { ...regenerated(fields, { saved, restored }), check } };
}

/** The new generation wherever the fields, or those in them, have the saved one: a correction and an opinion have it too. */
function regenerated(
  fields: Fields,
  generations: { readonly saved: string; readonly restored: string },
): Fields {
  const entries = Object.entries(fields).map(([name, value]): [string, Value] => {
    if (name === 'generation' && value.stringValue === generations.saved)
      return [name, { stringValue: generations.restored }];
    const inside = value.mapValue?.fields;
    return [name, inside === undefined ? value : { mapValue: { fields: regenerated(inside, generations) } }];
  });
  return Object.fromEntries(entries);
}

async function* linesOf<T>(path: string): AsyncGenerator<T> {
  await using file = await open(path);
  for await (const { text } of readLines(file)) yield JSON.parse(text) as T;
}

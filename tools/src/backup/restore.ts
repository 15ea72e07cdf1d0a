/**
 * Restores a backup. A bucket gives every object that is written a new generation, so the record of the object gets it too, with the
 * fingerprint that the sweep's range proof counts, and a correction of this generation stays in force.
 *
 * Each object is written before its record. Its event makes a new record and queues the image; the restored record then replaces
 * this one, and what was queued is void, because the record is not `queued` any more. An object that the bucket has already is
 * kept, so a restore can be repeated.
 */
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import type { Bucket } from '@google-cloud/storage';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import { checkOf } from '@hangtag/shared/domain/identity.js';
import { InputError } from '@hangtag/shared/errors.js';
import pMap from 'p-map';
import { contentPath, type Place, type SavedObject, type Summary, savedModels } from './backup.js';
import { copyModels } from './copy-models.js';
import { type StoredDocument, type Value, WRITES_AT_ONCE } from './documents.js';

const CONCURRENCY = 16;
const PRECONDITION_FAILED = 412;

export interface Restored {
  readonly documents: number;
  readonly objects: number;
  readonly models: number;
  /** Names for which the bucket has other content than the backup: neither they nor their records were changed. */
  readonly kept: readonly string[];
}

interface Replaced {
  readonly saved: string;
  /** Undefined: the bucket has other content under this name. */
  readonly restored: string | undefined;
}

/** @throws {InputError} the folder is not a complete backup */
export async function restore({ folder, bucket, database, models }: Place): Promise<Restored> {
  await readSummary(folder);
  // First, because the documents of tenants name them.
  const copied = models === undefined ? 0 : await copyModels(savedModels(folder), models);
  const replaced = new Map<string, Replaced>();
  await pMap(
    linesOf<SavedObject>(join(folder, 'objects.ndjson')),
    async (object) => {
      replaced.set(object.name, {
        saved: object.generation,
        restored: await writeObject(object, { folder, bucket }),
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
  const kept = [...replaced].filter(([, { restored }]) => restored === undefined).map(([name]) => name);
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

/** @returns the generation; undefined if the bucket has other content under this name */
async function writeObject(
  { name, md5Hash, settings }: SavedObject,
  { folder, bucket }: { readonly folder: string; readonly bucket: Bucket },
): Promise<string | undefined> {
  const file = bucket.file(name);
  const options = { resumable: false, metadata: settings, preconditionOpts: { ifGenerationMatch: 0 } };
  try {
    await pipeline(createReadStream(contentPath(folder, name)), file.createWriteStream(options));
  } catch (error) {
    if ((error as { code?: unknown }).code !== PRECONDITION_FAILED) throw error;
    const [present] = await file.getMetadata();
    return md5Hash !== undefined && present.md5Hash === md5Hash ? String(present.generation) : undefined;
  }
  return String(file.metadata.generation);
}

/** @returns undefined if the document is the record of an object that was not restored */
function withNewGeneration(
  document: StoredDocument,
  replaced: ReadonlyMap<string, Replaced>,
): StoredDocument | undefined {
  const { path, fields } = document;
  const name = fields['name']?.stringValue;
  const object = name === undefined ? undefined : replaced.get(name);
  if (!/^tenants\/[^/]+\/images\/[^/]+$/.test(path) || name === undefined || object === undefined)
    return document;
  if (object.restored === undefined) return undefined;
  // The object was replaced while the backup was made: the sweep repairs this record.
  if (fields['generation']?.stringValue !== object.saved) return document;
  const generation: Value = { stringValue: object.restored };
  const correction = fields['correction'];
  const check = checkOf(name, parseGeneration(object.restored));
  return {
    path,
    fields: {
      ...fields,
      generation,
      check: { integerValue: String(check) },
      ...(correction !== undefined && { correction: corrected(correction, object.saved, generation) }),
    },
  };
}

function corrected(correction: Value, saved: string, generation: Value): Value {
  const fields = correction.mapValue?.fields;
  if (fields?.['generation']?.stringValue !== saved) return correction;
  return { mapValue: { fields: { ...fields, generation } } };
}

async function* linesOf<T>(path: string): AsyncGenerator<T> {
  for await (const line of createInterface({
    input: createReadStream(path),
    crlfDelay: Number.POSITIVE_INFINITY,
  }))
    yield JSON.parse(line) as T;
}

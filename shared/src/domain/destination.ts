/** The place of a settled image: one for each object, and one that no other object has. */
import { isCategory } from './category.js';
import { compareGenerations, type Generation, isGeneration } from './generation.js';
import { imageIdOf, type ObjectVersion, tenantFolderOf } from './identity.js';
import type { ImageRecord, Status } from './record.js';

/** Custom metadata key of a copy: the generation of the object that was copied. Anybody can write it. */
export const SOURCE_KEY = 'hangtag-source-generation';

/** What a place depends on. */
type Settled = ObjectVersion & Pick<ImageRecord, 'status' | 'reason' | 'category' | 'correction'>;

/** An object that may be a copy. */
interface Candidate {
  /** Bytes. */
  readonly size: number;
  readonly md5Hash: string;
  readonly metadata: Readonly<Record<string, string>>;
}

/** Cloud Storage's limit for a name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 1_024;

/**
 * `processed/<Category>/<name>` or `quarantine/<reason>/<name>`, inside the tenant's folder if the object is in one.
 * The name is kept whole, so that two objects never have the same place.
 *
 * @returns undefined if the record is not settled, or its category is no safe folder name
 */
export function destinationOf(record: Settled): string | undefined {
  const folder = FOLDERS[record.status]?.(record);
  if (folder === undefined) return undefined;
  const home = tenantFolderOf(record.name);
  const name = `${home}${folder}/${record.name.slice(home.length)}`;
  return Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : `${home}${folder}/${idOf(record)}`;
}

/** The generation that an object claims to be a copy of; undefined if it claims none. */
export function claimedSource({ metadata }: Pick<Candidate, 'metadata'>): Generation | undefined {
  const source = metadata[SOURCE_KEY];
  return isGeneration(source) ? source : undefined;
}

/**
 * Whether an object can replace the original: it claims to be a copy of this generation, and has the same size and MD5, which
 * the bucket computes. An object without an MD5, a composed one, cannot be compared.
 */
export function isCopyOf(
  object: Candidate | undefined,
  { generation, size, md5Hash }: Pick<ImageRecord, 'generation' | 'size' | 'md5Hash'>,
): boolean {
  if (object === undefined || claimedSource(object) !== generation) return false;
  return md5Hash !== '' && object.md5Hash === md5Hash && object.size === size;
}

/** Whether a copy of this generation may overwrite an object: the object claims to be a copy, and not of a newer generation. */
export function isReplaceable(object: Candidate, generation: Generation): boolean {
  const source = claimedSource(object);
  return source !== undefined && compareGenerations(source, generation) <= 0;
}

/** A correction outranks the category of the model. */
function processed({ category, correction, generation }: Settled): string | undefined {
  const shown = correction?.generation === generation ? correction.category : category;
  // Labels of a model may contain a slash, as "T-shirt/top" does.
  const folder = shown?.replaceAll('/', '-');
  return folder !== undefined && isCategory(folder) ? `processed/${folder}` : undefined;
}

function quarantine({ reason }: Settled): string {
  return `quarantine/${reason ?? 'unknown'}`;
}

const FOLDERS: Readonly<Record<Status, ((record: Settled) => string | undefined) | undefined>> = {
  done: processed,
  review: processed,
  failed: quarantine,
  queued: undefined,
  skipped: undefined,
  deferred: undefined,
  deleted: undefined,
};

function idOf({ bucket, name }: ObjectVersion): string {
  return imageIdOf(bucket, name);
}

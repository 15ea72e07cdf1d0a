/** Where a settled image is filed: one place for each object, and none that another object could claim. */
import { compareGenerations, type Generation, parseGeneration } from './generation.js';
import { imageIdOf, type ObjectVersion } from './identity.js';
import type { ImageRecord, Status } from './record.js';

/** Custom metadata key of a copy: the generation of the object that it is a copy of. */
export const SOURCE_KEY = 'hangtag-source-generation';

/** What a place depends on. */
type Settled = ObjectVersion & Pick<ImageRecord, 'status' | 'reason' | 'category' | 'correction'>;

/** Cloud Storage's limit for a name, in bytes of UTF-8. */
const MAX_NAME_BYTES = 1_024;

const TENANT_FOLDER = /^tenants\/[^/]+\//;

/**
 * `processed/<Category>/<name>` or `quarantine/<reason>/<name>`, inside the folder of the tenant where it has one.
 * The name is kept whole, so that no two objects meet.
 *
 * @returns undefined where nothing is settled yet, or nothing is to be filed
 */
export function destinationOf(record: Settled): string | undefined {
  const folder = FOLDERS[record.status]?.(record);
  if (folder === undefined) return undefined;
  const home = TENANT_FOLDER.exec(record.name)?.[0] ?? '';
  const name = `${home}${folder}/${record.name.slice(home.length)}`;
  return Buffer.byteLength(name) <= MAX_NAME_BYTES ? name : `${home}${folder}/${idOf(record)}`;
}

/** Whether what lies there is a copy of this generation, or of a newer one of the same name. */
export function isCopyOf(
  object: { readonly metadata: Readonly<Record<string, string>> } | undefined,
  generation: Generation,
): boolean {
  const source = object?.metadata[SOURCE_KEY];
  return source !== undefined && compareGenerations(parseGeneration(source), generation) >= 0;
}

/** A person's word outranks the model's. */
function processed({ category, correction, generation }: Settled): string | undefined {
  const shown = correction?.generation === generation ? correction.category : category;
  return shown === null ? undefined : `processed/${segmentOf(shown)}`;
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

function segmentOf(category: string): string {
  return category.replaceAll('/', '-');
}

function idOf({ bucket, name }: ObjectVersion): string {
  return imageIdOf(bucket, name);
}

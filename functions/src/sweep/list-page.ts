/**
 * One page of a bucket's names, and the range of names that it answers for.
 *
 * A page goes on until the name that begins the next; the last one goes on to the end of the prefix, the first begins
 * with it. So the ranges leave no gap, and records of objects that are gone are found wherever they lie. The cursor is
 * a name and not a page token: it outlives the process, and objects that come or go do not move it.
 */
import { isOwnOutput } from '@hangtag/shared/domain/admission.js';
import { type NameRange, rangeOf } from '@hangtag/shared/domain/name-range.js';
import type { ListPage, ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  readonly range: NameRange;
  /** The first name of the next page; absent on the last. */
  readonly next?: string;
}

export interface PageRequest {
  /** From the cursor to the end of the prefix. */
  readonly range: NameRange;
  readonly prefix: string;
  readonly pageSize: number;
}

export async function listPage(
  objects: ObjectStore,
  { range, ...request }: PageRequest,
): Promise<ObjectPage> {
  const { objects: listed, nextPageToken } = await listAtLeastTwo(objects, { range, ...request });
  const next = nextPageToken === undefined ? undefined : listed.at(-1)?.name;
  if (next === undefined) return { objects: listed.filter(isUpload), range };
  const objectsOfPage = listed.slice(0, -1).filter(isUpload);
  return { objects: objectsOfPage, range: rangeOf(range.bucket, range.from, next), next };
}

/** What Hangtag wrote has no record. */
function isUpload(object: StoredObject): boolean {
  return !isOwnOutput(object);
}

/** A listing may be shorter than asked for, even empty, and still go on; but the cursor must move. */
async function listAtLeastTwo(
  objects: ObjectStore,
  { range, prefix, pageSize }: PageRequest,
): Promise<ListPage> {
  let page = await objects.list(range.bucket, { prefix, startOffset: range.from, maxResults: pageSize });
  while (page.objects.length < 2 && page.nextPageToken !== undefined) {
    const { nextPageToken: pageToken } = page;
    const more = await objects.list(range.bucket, {
      prefix,
      startOffset: range.from,
      maxResults: pageSize,
      pageToken,
    });
    page = { ...more, objects: [...page.objects, ...more.objects] };
  }
  return page;
}

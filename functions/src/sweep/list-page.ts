/**
 * Lists one page of a bucket, with the range of names that it covers.
 *
 * A range ends before the first name of the next page; the first range starts at the beginning of the prefix, the last one ends
 * at its end. So there are no gaps between ranges, and every record of a missing object is found. The cursor is a name and not
 * a page token, because a name stays valid after a restart and when objects are added or deleted.
 */
import { isOwnOutput } from '@hangtag/shared/domain/admission.js';
import { type NameRange, rangeOf } from '@hangtag/shared/domain/name-range.js';
import type { ListPage, ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';

export interface ObjectPage {
  readonly objects: readonly StoredObject[];
  readonly range: NameRange;
  /** The first name of the next page; absent on the last page. */
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

/** A listing can be shorter than requested, even empty, before its end. With two names the cursor always advances. */
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

import {
  FieldPath,
  Filter,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
} from '@google-cloud/firestore';
import type { ImageId } from '../../domain/identity.js';
import type { ImageFilter } from '../../domain/image-filter.js';
import { RECORD_FIELDS } from '../../domain/stored-record.js';
import type { CatalogImage, CatalogPlace, CatalogQuery, ImageCatalog } from '../../ports/image-catalog.js';
import { transientOr } from '../grpc-outcome.js';
import { readSnapshot } from './record-document.js';
import { IMAGES } from './record-store.js';
import { queriesOverShards, type RecordOptions, recordOptions } from './sharded-query.js';
import { timeBound } from './time-bound.js';

const MAX_PAGE_SIZE = 500;

/**
 * Reads page after page, so that a slow reader holds one page in memory and no query open. Each page is twice as large as the one
 * before, up to 500 records: a reader who needs one image and finds no match among the first ones causes few queries.
 */
export class FirestoreImageCatalog implements ImageCatalog {
  readonly #firestore: Firestore;
  readonly #options: RecordOptions;

  constructor(firestore: Firestore, options: Partial<RecordOptions> = {}) {
    this.#firestore = firestore;
    this.#options = recordOptions(options);
  }

  async *newest({ tenant, filter, after, pageSize }: CatalogQuery): AsyncIterable<CatalogImage> {
    const { log, shards } = this.#options;
    const matching = narrowed(this.#firestore.collection(`tenants/${tenant}/${IMAGES}`), filter);
    const queries = queriesOverShards(matching, shards, alternativesOf(filter)).map((query) =>
      query.orderBy('uploadedAt', 'desc').orderBy(FieldPath.documentId(), 'desc'),
    );
    let place = after;
    for (let size = pageSize; ; size = Math.max(size, Math.min(2 * size, MAX_PAGE_SIZE))) {
      const from = place;
      const pages = await Promise.all(
        queries.map((query) => read((from === undefined ? query : startingAfter(query, from)).limit(size))),
      );
      const page = newestOf(pages, size);
      for (const snapshot of page) {
        const record = readSnapshot(snapshot, RECORD_FIELDS, log);
        if (record !== undefined) yield { imageId: snapshot.id as ImageId, record };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < size) return;
      place = { uploadedAt: last.get('uploadedAt').toMillis(), imageId: last.id as ImageId };
    }
  }
}

function startingAfter(query: Query, { uploadedAt, imageId }: CatalogPlace): Query {
  return query.startAfter(timeBound(uploadedAt), imageId);
}

function newestOf(
  pages: readonly (readonly QueryDocumentSnapshot[])[],
  count: number,
): readonly QueryDocumentSnapshot[] {
  return pages.flat().sort(byPlace).slice(0, count);
}

/** The order of the queries: the latest upload first, then the higher id. */
function byPlace(one: QueryDocumentSnapshot, other: QueryDocumentSnapshot): number {
  const [a, b] = [one, other].map((each) => `${each.get('uploadedAt').valueOf()} ${each.id}`);
  return (a ?? '') < (b ?? '') ? 1 : -1;
}

/** A category is looked up among the labels and among the corrections. */
function alternativesOf({ category }: ImageFilter): number {
  return category === undefined ? 1 : 2;
}

/**
 * One index for each field is enough: Firestore joins them, since all have the same order. The comparison with a timestamp leaves
 * out documents whose `uploadedAt` has another type: they have no place in the order.
 */
function narrowed(query: Query, { status, category, tier, owner, colour, uploaded }: ImageFilter): Query {
  let narrow = query;
  for (const [field, value] of Object.entries({ status, tier, owner })) {
    if (value !== undefined) narrow = narrow.where(field, '==', value);
  }
  if (colour !== undefined) narrow = narrow.where('colours', 'array-contains', colour);
  if (category !== undefined) {
    narrow = narrow.where(
      Filter.or(
        Filter.where('category', '==', category),
        Filter.where('correction.category', '==', category),
      ),
    );
  }
  const since = narrow.where('uploadedAt', '>=', timeBound(uploaded?.fromMs ?? 0));
  return uploaded === undefined ? since : since.where('uploadedAt', '<', timeBound(uploaded.toMs));
}

async function read(query: Query): Promise<readonly QueryDocumentSnapshot[]> {
  try {
    return (await query.get()).docs;
  } catch (error) {
    throw transientOr(error, 'list images');
  }
}

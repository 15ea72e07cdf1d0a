import {
  FieldPath,
  Filter,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  Timestamp,
} from '@google-cloud/firestore';
import type { ImageId } from '../../domain/identity.js';
import type { ImageFilter } from '../../domain/image-filter.js';
import { RECORD_FIELDS } from '../../domain/stored-record.js';
import { standardLog } from '../../log.js';
import type { CatalogImage, CatalogPlace, CatalogQuery, ImageCatalog } from '../../ports/image-catalog.js';
import { transientOr } from '../grpc-outcome.js';
import type { FaultLog } from '../unreadable.js';
import { readSnapshot } from './record-document.js';
import { IMAGES } from './record-store.js';

/** Reads page after page, so that a slow reader holds one page in memory and no query open. */
export class FirestoreImageCatalog implements ImageCatalog {
  readonly #firestore: Firestore;
  readonly #log: FaultLog;

  constructor(firestore: Firestore, log: FaultLog = standardLog) {
    this.#firestore = firestore;
    this.#log = log;
  }

  async *newest({ tenant, filter, after, pageSize }: CatalogQuery): AsyncIterable<CatalogImage> {
    const all = narrowed(this.#firestore.collection(`tenants/${tenant}/${IMAGES}`), filter)
      .orderBy('uploadedAt', 'desc')
      .orderBy(FieldPath.documentId(), 'desc')
      .limit(pageSize);
    let place = after;
    for (;;) {
      const page = await read(place === undefined ? all : startingAfter(all, place));
      for (const snapshot of page) {
        const record = readSnapshot(snapshot, RECORD_FIELDS, this.#log);
        if (record !== undefined) yield { imageId: snapshot.id as ImageId, record };
      }
      const last = page.at(-1);
      if (last === undefined || page.length < pageSize) return;
      place = { uploadedAt: last.get('uploadedAt').toMillis(), imageId: last.id as ImageId };
    }
  }
}

function startingAfter(query: Query, { uploadedAt, imageId }: CatalogPlace): Query {
  return query.startAfter(Timestamp.fromMillis(uploadedAt), imageId);
}

/** One index for each field is enough: Firestore joins them, since all have the same order. */
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
  if (uploaded === undefined) return narrow;
  return narrow
    .where('uploadedAt', '>=', Timestamp.fromMillis(uploaded.fromMs))
    .where('uploadedAt', '<', Timestamp.fromMillis(uploaded.toMs));
}

async function read(query: Query): Promise<readonly QueryDocumentSnapshot[]> {
  try {
    return (await query.get()).docs;
  } catch (error) {
    throw transientOr(error, 'list images');
  }
}

import { FieldValue, type Firestore, type QueryDocumentSnapshot } from '@google-cloud/firestore';
import type { ImageId } from '../../domain/identity.js';
import { RECORD_FIELDS } from '../../domain/stored-record.js';
import { standardLog } from '../../log.js';
import type { SimilarImage, SimilarItems, SimilarQuery } from '../../ports/similar-items.js';
import { transientOr } from '../grpc-outcome.js';
import type { FaultLog } from '../unreadable.js';
import { readSnapshot } from './record-document.js';
import { IMAGES } from './record-store.js';

/** Firestore writes the dot product into this field of an answer. */
const SIMILARITY = 'similarity';

/** https://firebase.google.com/docs/firestore/vector-search */
export class FirestoreSimilarItems implements SimilarItems {
  readonly #firestore: Firestore;
  readonly #log: FaultLog;

  constructor(firestore: Firestore, log: FaultLog = standardLog) {
    this.#firestore = firestore;
    this.#log = log;
  }

  async nearest(query: SimilarQuery): Promise<readonly SimilarImage[]> {
    const snapshots = await this.#read(query);
    return snapshots.flatMap((snapshot) => {
      const record = readSnapshot(snapshot, RECORD_FIELDS, this.#log);
      if (record === undefined) return [];
      return { imageId: snapshot.id as ImageId, record, similarity: Number(snapshot.get(SIMILARITY)) };
    });
  }

  async #read({
    tenant,
    vector,
    backbone,
    owner,
    limit,
  }: SimilarQuery): Promise<readonly QueryDocumentSnapshot[]> {
    const comparable = this.#firestore
      .collection(`tenants/${tenant}/${IMAGES}`)
      .where('present', '==', true)
      .where('backbone', '==', backbone);
    const query = owner === undefined ? comparable : comparable.where('owner', '==', owner);
    try {
      const found = await query
        .findNearest({
          vectorField: 'vector',
          queryVector: FieldValue.vector([...vector]),
          limit,
          distanceMeasure: 'DOT_PRODUCT',
          distanceResultField: SIMILARITY,
        })
        .get();
      return found.docs;
    } catch (error) {
      throw transientOr(error, 'find similar images');
    }
  }
}

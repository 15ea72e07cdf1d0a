import {
  AggregateField,
  type DocumentReference,
  type Firestore,
  type Query,
  type Timestamp,
} from '@google-cloud/firestore';
import type { Change, NewRecord } from '../../domain/transitions.js';
import type {
  NameRange,
  RangeDigest,
  RecordKey,
  RecordStore,
  RecordVersion,
  Versioned,
} from '../../ports/record-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { changedFields, newDocument, recordOf } from './record-document.js';
import { timeText, updateTimeOf } from './update-time.js';

/** Collection id of the records, below each tenant's document. */
export const IMAGES = 'images';

export const DEFAULT_RETENTION_MS = 90 * 86_400_000;

export class FirestoreRecordStore implements RecordStore {
  readonly #firestore: Firestore;
  readonly #retentionMs: number;

  /** @param retentionMs after its upload, from when a TTL policy may drop the record of an image */
  constructor(firestore: Firestore, retentionMs = DEFAULT_RETENTION_MS) {
    this.#firestore = firestore;
    this.#retentionMs = retentionMs;
  }

  async get(key: RecordKey): Promise<Versioned | undefined> {
    try {
      const snapshot = await this.#document(key).get();
      const data = snapshot.data();
      return data && snapshot.updateTime
        ? { record: recordOf(data), version: versionOf(snapshot.updateTime) }
        : undefined;
    } catch (error) {
      throw transientOr(error, `read record ${key.imageId}`);
    }
  }

  async create(key: RecordKey, record: NewRecord): Promise<boolean> {
    try {
      await this.#document(key).create(newDocument(record, this.#retentionMs));
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.alreadyExists) return false;
      throw transientOr(error, `create record ${key.imageId}`);
    }
  }

  async update(key: RecordKey, change: Change, version: RecordVersion): Promise<boolean> {
    try {
      await this.#document(key).update(changedFields(change, this.#retentionMs), {
        lastUpdateTime: updateTimeOf(version),
      });
      return true;
    } catch (error) {
      const code = grpcCodeOf(error);
      if (code === GRPC.failedPrecondition || code === GRPC.notFound) return false;
      throw transientOr(error, `update record ${key.imageId}`);
    }
  }

  async digest(range: NameRange): Promise<RangeDigest> {
    try {
      const aggregate = this.#range(range).aggregate({
        count: AggregateField.count(),
        sum: AggregateField.sum('check'),
      });
      return (await aggregate.get()).data();
    } catch (error) {
      throw transientOr(error, `aggregate records of ${range.bucket}`);
    }
  }

  async *scan(range: NameRange): AsyncIterable<Versioned> {
    try {
      for await (const chunk of this.#range(range).stream()) {
        const snapshot = chunk as unknown as FirebaseFirestore.QueryDocumentSnapshot;
        yield { record: recordOf(snapshot.data()), version: versionOf(snapshot.updateTime) };
      }
    } catch (error) {
      throw transientOr(error, `read records of ${range.bucket}`);
    }
  }

  #document({ tenant, imageId }: RecordKey): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/${IMAGES}/${imageId}`);
  }

  #range({ bucket, from, to }: NameRange): Query {
    const fromHere = this.#firestore
      .collectionGroup(IMAGES)
      .where('bucket', '==', bucket)
      .where('present', '==', true)
      .where('name', '>=', from);
    return (to === undefined ? fromHere : fromHere.where('name', '<', to)).orderBy('name');
  }
}

function versionOf(time: Timestamp): RecordVersion {
  return timeText(time) as RecordVersion;
}

import {
  AggregateField,
  type DocumentReference,
  type Firestore,
  type Query,
  Timestamp,
} from '@google-cloud/firestore';
import { shardOf } from '../../domain/index-shards.js';
import type { NameRange } from '../../domain/name-range.js';
import type { RangeDigest } from '../../domain/range-proof.js';
import type { ModelRef, RecordVersion } from '../../domain/record.js';
import { RECORD_FIELDS } from '../../domain/stored-record.js';
import type { Change, NewRecord } from '../../domain/transitions.js';
import type { RecordFilter, RecordKey, RecordStore, Selection, Versioned } from '../../ports/record-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { GroupCommit } from './group-commit.js';
import { changedFields, newDocument, readSnapshot, recordOf } from './record-document.js';
import { inAllShards, type RecordOptions, recordOptions } from './sharded-query.js';
import { timeText, updateTimeOf } from './update-time.js';

/** Collection id of the records, below each tenant's document. */
export const IMAGES = 'images';

export const DEFAULT_RETENTION_MS = 90 * 86_400_000;

export class FirestoreRecordStore implements RecordStore {
  readonly #firestore: Firestore;
  readonly #commits: GroupCommit;
  readonly #retentionMs: number;
  readonly #options: RecordOptions;

  /** @param retentionMs from the upload until a TTL policy may delete the record */
  constructor(
    firestore: Firestore,
    retentionMs = DEFAULT_RETENTION_MS,
    options: Partial<RecordOptions> = {},
  ) {
    this.#firestore = firestore;
    this.#commits = new GroupCommit(firestore);
    this.#retentionMs = retentionMs;
    this.#options = recordOptions(options);
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

  async create(key: RecordKey, record: NewRecord): Promise<RecordVersion | undefined> {
    try {
      const document = { ...newDocument(record, this.#retentionMs), ...this.#shardOf(key) };
      const { writeTime } = await this.#commits.write((group) => group.create(this.#document(key), document));
      return versionOf(writeTime);
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.alreadyExists) return undefined;
      throw transientOr(error, `create record ${key.imageId}`);
    }
  }

  async update(key: RecordKey, change: Change, version: RecordVersion): Promise<boolean> {
    try {
      const fields = { ...changedFields(change, this.#retentionMs), ...this.#shardOf(key) };
      const lastUpdateTime = updateTimeOf(version);
      await this.#commits.write((group) => group.update(this.#document(key), fields, { lastUpdateTime }));
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

  async *scan(selection: Selection): AsyncIterable<Versioned> {
    const { limit, bucket } = selection;
    const matching = this.#select(selection);
    try {
      for await (const chunk of (limit === undefined ? matching : matching.limit(limit)).stream()) {
        const snapshot = chunk as unknown as FirebaseFirestore.QueryDocumentSnapshot;
        const record = readSnapshot(snapshot, RECORD_FIELDS, this.#options.log);
        if (record !== undefined) yield { record, version: versionOf(snapshot.updateTime) };
      }
    } catch (error) {
      throw transientOr(error, `read records of ${bucket}`);
    }
  }

  async count(selection: Selection): Promise<number> {
    try {
      return (await this.#select(selection).count().get()).data().count;
    } catch (error) {
      throw transientOr(error, `count records of ${selection.bucket}`);
    }
  }

  async nextModel(bucket: string, after: string): Promise<ModelRef | undefined> {
    try {
      // By name too, so that the index of `scan` by model is used.
      const first = await this.#present(bucket)
        .where('model.sha256', '>', after)
        .orderBy('model.sha256')
        .orderBy('name')
        .limit(1)
        .get();
      const [found] = first.docs;
      return (found && readSnapshot(found, ['model'], this.#options.log)?.model) ?? undefined;
    } catch (error) {
      throw transientOr(error, `read models of ${bucket}`);
    }
  }

  #document({ tenant, imageId }: RecordKey): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/${IMAGES}/${imageId}`);
  }

  /** A field that only indexes use. A record from before shards were configured gets it with its next write. */
  #shardOf({ imageId }: RecordKey): { readonly shard?: number } {
    const { shards } = this.#options;
    return shards === 1 ? {} : { shard: shardOf(imageId, shards) };
  }

  #present(bucket: string): Query {
    const present = this.#firestore
      .collectionGroup(IMAGES)
      .where('bucket', '==', bucket)
      .where('present', '==', true);
    return inAllShards(present, this.#options.shards);
  }

  #range({ bucket, from, to }: NameRange): Query {
    const fromHere = this.#present(bucket).where('name', '>=', from);
    return (to === undefined ? fromHere : fromHere.where('name', '<', to)).orderBy('name');
  }

  #select({ filter, ...range }: Selection): Query {
    return filter === undefined ? this.#range(range) : narrowed(this.#range(range), filter);
  }
}

function narrowed(query: Query, filter: RecordFilter): Query {
  if ('model' in filter) return query.where('model.sha256', '==', filter.model);
  const before = Timestamp.fromMillis(filter.queuedBefore);
  const ofStatus = query.where('status', '==', filter.status).where('queuedAt', '<', before);
  return filter.reason === undefined ? ofStatus : ofStatus.where('reason', '==', filter.reason);
}

/** The version of a document that was written at this time. */
export function versionOf(time: Timestamp): RecordVersion {
  return timeText(time) as RecordVersion;
}

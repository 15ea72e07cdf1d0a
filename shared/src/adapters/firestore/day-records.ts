import type { Readable } from 'node:stream';
import {
  AggregateField,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
} from '@google-cloud/firestore';
import { isTenantId, type TenantId } from '../../domain/identity.js';
import type { ModelVersion } from '../../domain/model-version.js';
import { STATUSES } from '../../domain/record.js';
import { DAY_ROW_FIELDS, type DayRow } from '../../domain/report/day-row.js';
import type { Window } from '../../domain/report/day-window.js';
import type { DayCounts } from '../../domain/report/reconciliation.js';
import type { DayRecords } from '../../ports/day-records.js';
import { transientOr } from '../grpc-outcome.js';
import { readSnapshot } from './record-document.js';
import { IMAGES } from './record-store.js';
import { inAllShards, type RecordOptions, recordOptions } from './sharded-query.js';
import { timeBound } from './time-bound.js';

export class FirestoreDayRecords implements DayRecords {
  readonly #firestore: Firestore;
  readonly #options: RecordOptions;

  constructor(firestore: Firestore, options: Partial<RecordOptions> = {}) {
    this.#firestore = firestore;
    this.#options = recordOptions(options);
  }

  async count(tenant: TenantId, uploaded: Window): Promise<DayCounts> {
    const day = this.#uploaded(tenant, uploaded);
    try {
      const counted = await Promise.all(
        STATUSES.map(async (status) => [status, await countOf(day.where('status', '==', status))] as const),
      );
      const counts = Object.fromEntries(counted) as Record<(typeof STATUSES)[number], number>;
      // Deleted images are absent as well; the other absent ones were moved.
      const absent = await countOf(day.where('present', '==', false));
      return { ...counts, moved: Math.max(0, absent - counts.deleted) };
    } catch (error) {
      throw transientOr(error, `count records of ${tenant}`);
    }
  }

  rows(tenant: TenantId, uploaded: Window): AsyncIterable<DayRow> {
    return this.#stream(this.#uploaded(tenant, uploaded));
  }

  corrections(tenant: TenantId, corrected: Window): AsyncIterable<DayRow> {
    return this.#stream(this.#within(tenant, 'correction.at', corrected));
  }

  /** Equality on two fields: Firestore joins the automatic indexes of both. */
  ofTrial(tenant: TenantId, { id, version }: ModelVersion): AsyncIterable<DayRow> {
    return this.#stream(
      this.#firestore
        .collection(`tenants/${tenant}/${IMAGES}`)
        .where('shadow.model.id', '==', id)
        .where('shadow.model.version', '==', version),
    );
  }

  async firstUpload(tenant: TenantId, uploaded: Window): Promise<number | undefined> {
    const first = this.#uploaded(tenant, uploaded).select('uploadedAt').limit(1);
    try {
      return (await first.get()).docs[0]?.get('uploadedAt').toMillis();
    } catch (error) {
      throw transientOr(error, `look up the first upload of ${tenant}`);
    }
  }

  async tenants(): Promise<readonly TenantId[]> {
    try {
      // There may be records below a tenant's document that does not exist: only `listDocuments` finds those as well.
      const documents = await this.#firestore.collection('tenants').listDocuments();
      return documents.map(({ id }) => id).filter(isTenantId);
    } catch (error) {
      throw transientOr(error, 'list tenants');
    }
  }

  /** One query. Its documents are fetched as they are consumed, so that only a few are in memory. */
  async *#stream(query: Query): AsyncIterable<DayRow> {
    const documents: AsyncIterable<QueryDocumentSnapshot> = query
      .select(...DAY_ROW_FIELDS)
      .stream() as Readable;
    try {
      for await (const snapshot of documents) {
        const row = readSnapshot(snapshot, DAY_ROW_FIELDS, this.#options.log);
        if (row !== undefined) yield row;
      }
    } catch (error) {
      throw transientOr(error, 'read records of a day');
    }
  }

  #uploaded(tenant: TenantId, uploaded: Window): Query {
    return inAllShards(this.#within(tenant, 'uploadedAt', uploaded), this.#options.shards);
  }

  #within(tenant: TenantId, field: string, { fromMs, toMs }: Window): Query {
    return this.#firestore
      .collection(`tenants/${tenant}/${IMAGES}`)
      .where(field, '>=', timeBound(fromMs))
      .where(field, '<', timeBound(toMs))
      .orderBy(field);
  }
}

async function countOf(query: Query): Promise<number> {
  const snapshot = await query.aggregate({ count: AggregateField.count() }).get();
  return snapshot.data().count;
}

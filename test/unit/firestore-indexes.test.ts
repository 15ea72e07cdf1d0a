/** Production refuses queries without an index. The emulator answers all queries, so it cannot test this. */
import { readFileSync } from 'node:fs';
import type { Firestore } from '@google-cloud/firestore';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { FirestoreSpending } from '@hangtag/shared/adapters/firestore/spending.js';

import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { assert } from 'chai';
import { indexOf, type NeededIndex } from '../support/index-of-query.js';
import { recordQueries } from '../support/query-recorder.js';

interface Index {
  readonly collectionGroup: string;
  readonly queryScope: string;
  readonly fields: readonly { readonly fieldPath: string; readonly order?: string }[];
}

const FILE = new URL('../../../firestore.indexes.json', import.meta.url);
const { indexes } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly indexes: readonly Index[] };

const range = { bucket: 'b', from: 'a', to: 'c' };
const day = { fromMs: 0, toMs: 1 };
const waiting = { ...range, filter: { status: 'queued', queuedBefore: 1 } } as const;
const circuitOpen = {
  ...range,
  filter: { status: 'deferred', reason: 'circuit-open', queuedBefore: 1 },
} as const;
const labelled = { ...range, filter: { model: 'f' } };

const QUERIES: Readonly<Record<string, (firestore: Firestore) => Promise<unknown>>> = {
  'the digest of a range': (firestore) => new FirestoreRecordStore(firestore).digest(range),
  'the records of a range': (firestore) => first(new FirestoreRecordStore(firestore).scan(range)),
  'the records of a status': (firestore) => first(new FirestoreRecordStore(firestore).scan(waiting)),
  'the number of records of a status': (firestore) => new FirestoreRecordStore(firestore).count(waiting),
  'the records of a status and a reason': (firestore) =>
    first(new FirestoreRecordStore(firestore).scan(circuitOpen)),
  'the number of records of a status and a reason': (firestore) =>
    new FirestoreRecordStore(firestore).count(circuitOpen),
  'the records of a model': (firestore) => first(new FirestoreRecordStore(firestore).scan(labelled)),
  'the number of records of a model': (firestore) => new FirestoreRecordStore(firestore).count(labelled),
  'the spending of a tenant': (firestore) => new FirestoreSpending(firestore).imagesSince(1, DEFAULT_TENANT),
  'the spending of all tenants': (firestore) => new FirestoreSpending(firestore).imagesSince(1),
  'the counts of a day': (firestore) => new FirestoreDayRecords(firestore).count(DEFAULT_TENANT, day),
  'the next model': (firestore) => new FirestoreRecordStore(firestore).nextModel('b', ''),
};

const SERVED_BY_ONE_FIELD: typeof QUERIES = {
  'the rows of a day': (firestore) => first(new FirestoreDayRecords(firestore).rows(DEFAULT_TENANT, day)),
  'the corrections of a day': (firestore) =>
    first(new FirestoreDayRecords(firestore).corrections(DEFAULT_TENANT, day)),
  'the first upload of a day': (firestore) =>
    new FirestoreDayRecords(firestore).firstUpload(DEFAULT_TENANT, day),
  'the reports since a day': (firestore) =>
    new FirestoreReportArchive(firestore).since(DEFAULT_TENANT, '2026-01-02' as Day),
  'the latest report': (firestore) => new FirestoreReportArchive(firestore).latest(DEFAULT_TENANT),
  'the images of an owner': (firestore) =>
    first(new FirestoreErasureStore(firestore).owned(DEFAULT_TENANT, 'x')),
};

describe('firestore.indexes.json', () => {
  for (const [what, ask] of Object.entries(QUERIES)) {
    it(`has the index for ${what}`, async () => {
      const recorded = await recordQueries(ask);

      assert.isNotEmpty(recorded);
      for (const needed of recorded.map(indexOf)) {
        assert.isTrue(
          indexes.some((index) => serves(index, needed)),
          JSON.stringify(needed),
        );
      }
    });
  }

  for (const [what, ask] of Object.entries(SERVED_BY_ONE_FIELD)) {
    it(`needs no index for ${what}, because Firestore indexes every single field`, async () => {
      const recorded = await recordQueries(ask);

      assert.isNotEmpty(recorded);
      for (const { queryScope, equalities, ordered } of recorded.map(indexOf)) {
        assert.equal(queryScope, 'COLLECTION');
        assert.isAtMost(new Set([...equalities, ...ordered.filter((path) => path !== '__name__')]).size, 1);
      }
    });
  }

  it('contains no duplicates', () => {
    const texts = indexes.map((index) => JSON.stringify(index));

    assert.lengthOf(new Set(texts), texts.length);
  });

  it('does not match a query without an index', () => {
    const needed: NeededIndex = {
      collectionGroup: 'images',
      queryScope: 'COLLECTION_GROUP',
      equalities: ['bucket', 'present'],
      ordered: ['size'],
    };

    assert.isFalse(indexes.some((index) => serves(index, needed)));
  });
});

function serves(index: Index, { collectionGroup, queryScope, equalities, ordered }: NeededIndex): boolean {
  const paths = index.fields.map(({ fieldPath }) => fieldPath);
  const isAscending = index.fields.every(({ order }) => order === 'ASCENDING');
  const leading = paths.slice(0, equalities.length).toSorted();
  return (
    index.collectionGroup === collectionGroup &&
    index.queryScope === queryScope &&
    isAscending &&
    leading.join() === equalities.toSorted().join() &&
    paths.slice(equalities.length).join() === ordered.join()
  );
}

async function first<T>(source: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of source) return item;
  return undefined;
}

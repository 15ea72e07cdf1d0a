/** Production refuses queries without an index. The emulator answers all queries, so it cannot test this. */
import { readFileSync } from 'node:fs';
import { Filter, type Firestore } from '@google-cloud/firestore';
import { type CheckedQuery, describeIndex, IndexCheck } from '@hangtag/emulators/indexes/index-check.js';
import { Indexes, type IndexFile, readIndexFile } from '@hangtag/emulators/indexes/index-file.js';
import { selectIndexes } from '@hangtag/emulators/indexes/select-indexes.js';
import { needsOf } from '@hangtag/emulators/indexes/structured-query.js';
import { FirestoreApiKeyStore } from '@hangtag/shared/adapters/firestore/api-key-store.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { FirestoreImageCatalog } from '@hangtag/shared/adapters/firestore/image-catalog.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { FirestoreRolloutStore } from '@hangtag/shared/adapters/firestore/rollout-store.js';
import { FirestoreSimilarItems } from '@hangtag/shared/adapters/firestore/similar-items.js';
import { FirestoreSpending } from '@hangtag/shared/adapters/firestore/spending.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import type { ImageFilter } from '@hangtag/shared/domain/image-filter.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { assert } from 'chai';
import { fromRoot } from '../fixtures/paths.js';
import { aCorrection, aLabelledRecord, generation, MODEL } from '../fixtures/records.js';
import { recordQueries } from '../support/query-recorder.js';

const INDEXES = await readIndexFile(fromRoot('firestore.indexes.json'));

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
  'the rows of a day': (firestore) => first(new FirestoreDayRecords(firestore).rows(DEFAULT_TENANT, day)),
  'the corrections of a day': (firestore) =>
    first(new FirestoreDayRecords(firestore).corrections(DEFAULT_TENANT, day)),
  'the first upload of a day': (firestore) =>
    new FirestoreDayRecords(firestore).firstUpload(DEFAULT_TENANT, day),
  'the reports since a day': (firestore) =>
    new FirestoreReportArchive(firestore).since(DEFAULT_TENANT, '2026-01-02' as Day),
  'the latest report': (firestore) => new FirestoreReportArchive(firestore).latest(DEFAULT_TENANT),
  'a list of images': (firestore) => list(firestore, {}),
  'a list of images by every filter': (firestore) =>
    list(firestore, {
      status: 'review',
      category: 'Handbags',
      tier: 'MANUAL_REVIEW',
      owner: 'x',
      colour: 'blue',
      uploaded: day,
    }),
  'a list of images by category': (firestore) => list(firestore, { category: 'Handbags' }),
  'similar images': (firestore) => similar(firestore),
  'similar images of an owner': (firestore) => similar(firestore, 'x'),
  'the rollouts of a tenant': (firestore) => new FirestoreRolloutStore(firestore).list(DEFAULT_TENANT),
  'the last rollout at a time': (firestore) => new FirestoreRolloutStore(firestore).lastAt(DEFAULT_TENANT, 1),
  'the images of a trial': (firestore) =>
    first(new FirestoreDayRecords(firestore).ofTrial(DEFAULT_TENANT, { id: 'a', version: '1' })),
  'the keys of a tenant': (firestore) => new FirestoreApiKeyStore(firestore).list(DEFAULT_TENANT),
  'the images of an owner': (firestore) =>
    first(new FirestoreErasureStore(firestore).owned(DEFAULT_TENANT, 'x')),
};

/** Fields that a record may have besides those of `aLabelledRecord`. */
const EVERY_FIELD: Partial<ImageRecord> = {
  correction: aCorrection(),
  shadow: { model: MODEL, category: 'Heels', confidence: 0.9, inferMs: 1, disputes: true },
  opinion: { category: 'Heels', by: 'x', at: 1, generation: generation(5) },
  palette: [],
  colours: ['black'],
  vector: [],
  backbone: 'b',
  embedding: [],
  writeId: 'w',
};

const images = (firestore: Firestore) => firestore.collection(`tenants/${DEFAULT_TENANT}/images`);

/** Queries of the page, of the client and of the README. */
const OF_CLIENTS: typeof QUERIES = {
  'labelled images': (firestore) => images(firestore).where('status', 'in', ['done', 'review']).get(),
  'images in review, and disputed ones': (firestore) =>
    images(firestore)
      .where(
        Filter.or(
          Filter.where('status', '==', 'review'),
          Filter.and(Filter.where('shadow.disputes', '==', true), Filter.where('correction', '==', null)),
        ),
      )
      .get(),
  'parked images': (firestore) =>
    images(firestore).where('status', '==', 'failed').where('reason', '==', 'parked').get(),
  'the images of a category': (firestore) => images(firestore).where('category', '==', 'Handbags').get(),
  'the images of a tier': (firestore) => images(firestore).where('tier', '==', 'MANUAL_REVIEW').get(),
  'the images with a reference': (firestore) => images(firestore).where('ref', '==', 'order 1').get(),
  'the newest images': (firestore) => images(firestore).orderBy('uploadedAt', 'desc').get(),
};

describe('firestore.indexes.json', () => {
  for (const [what, ask] of Object.entries({ ...QUERIES, ...OF_CLIENTS })) {
    it(`has the indexes for ${what}`, async () => {
      const recorded = await recordQueries(ask);

      const check = new IndexCheck(INDEXES);
      assert.isNotEmpty(recorded);
      for (const query of recorded) assert.isUndefined(check.refusalOf(query));
    });
  }

  it('contains no index that no query uses', async () => {
    const check = new IndexCheck(INDEXES);

    for (const ask of Object.values({ ...QUERIES, ...OF_CLIENTS })) {
      for (const query of await recordQueries(ask)) check.refusalOf(query);
    }

    assert.deepEqual(check.unused.map(describeIndex), []);
  });

  it('has an index of a single field only if a query uses it', async () => {
    const paths = fieldPaths(aLabelledRecord(EVERY_FIELD));
    const indexed = paths.filter((path) => INDEXES.modes('images', 'COLLECTION', path).length > 0);

    const used = new Set<string>();
    for (const ask of Object.values({ ...QUERIES, ...OF_CLIENTS })) {
      for (const path of (await recordQueries(ask)).flatMap(singleFieldsOf)) used.add(path);
    }

    const unused = indexed.filter(
      (path) => ![...used].some((each) => path === each || path.startsWith(`${each}.`)),
    );
    assert.deepEqual(unused, []);
  });

  it('is needed: without an index, each query that uses it is refused, and the refusal names it', async () => {
    const file = JSON.parse(readFileSync(fromRoot('firestore.indexes.json'), 'utf8')) as IndexFile;
    const recorded = await recordQueries(QUERIES['the digest of a range'] ?? assert.fail());
    const needed = file.indexes.filter(({ fields }) => fields.at(-1)?.fieldPath === 'check');
    const without = { ...file, indexes: file.indexes.filter((index) => !needed.includes(index)) };

    const answers = recorded.map((query) => new IndexCheck(new Indexes(without)).refusalOf(query));

    assert.lengthOf(needed, 1);
    assert.lengthOf(answers, 1);
    assert.include(answers[0], JSON.stringify(needed[0]));
  });
});

/** The fields whose own indexes Firestore uses for a query of images. */
function singleFieldsOf({ query, aggregations }: CheckedQuery): readonly string[] {
  const { collection = '', scope, disjuncts } = needsOf(query, aggregations);
  if (collection !== 'images') return [];
  const selected = disjuncts.flatMap((need) => selectIndexes(INDEXES, { collection, scope }, need) ?? []);
  return selected.flatMap(({ entry, fields: [field] }) => (entry === undefined && field ? field.path : []));
}

/** The fields of a map are included. */
function fieldPaths(value: object, prefix = ''): readonly string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const isMap = inner !== null && typeof inner === 'object' && !Array.isArray(inner);
    return isMap ? fieldPaths(inner, `${prefix}${name}.`) : [`${prefix}${name}`];
  });
}

/** Of the size that the shipped projection makes. */
function similar(firestore: Firestore, owner?: string) {
  const vector = new Array<number>(320).fill(0.05);
  const query = { tenant: DEFAULT_TENANT, vector, backbone: 'b', owner, limit: 11 };
  return new FirestoreSimilarItems(firestore).nearest(query);
}

function list(firestore: Firestore, filter: ImageFilter) {
  const query = { tenant: DEFAULT_TENANT, filter, pageSize: 10 };
  return first(new FirestoreImageCatalog(firestore).newest(query));
}

async function first<T>(source: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of source) return item;
  return undefined;
}

/** Production refuses queries without an index. The emulator answers all queries, so it cannot test this. */
import { readFileSync } from 'node:fs';
import type { Firestore } from '@google-cloud/firestore';
import { indexHeat, recordIndexes } from '@hangtag/bench/measure/record-indexes.js';
import {
  inShards,
  type RecordWrite,
  recordWrites,
  risingName,
} from '@hangtag/bench/synthetic/record-writes.js';
import { type CheckedQuery, describeIndex, IndexCheck } from '@hangtag/emulators/indexes/index-check.js';
import { Indexes, type IndexFile, readIndexFile } from '@hangtag/emulators/indexes/index-file.js';
import { selectIndexes } from '@hangtag/emulators/indexes/select-indexes.js';
import { needsOf } from '@hangtag/emulators/indexes/structured-query.js';
import {
  INDEX_FILE,
  SHARDED_INDEX_FILE,
  shardedIndexText,
} from '@hangtag/emulators/indexes/write-sharded-indexes.js';
import { FirestoreApiKeyStore } from '@hangtag/shared/adapters/firestore/api-key-store.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { FirestoreImageCatalog } from '@hangtag/shared/adapters/firestore/image-catalog.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { FirestoreRolloutStore } from '@hangtag/shared/adapters/firestore/rollout-store.js';
import { inAllShards } from '@hangtag/shared/adapters/firestore/sharded-query.js';
import { FirestoreSimilarItems } from '@hangtag/shared/adapters/firestore/similar-items.js';
import { FirestoreSpending } from '@hangtag/shared/adapters/firestore/spending.js';
import { DEFAULT_TENANT, type ImageId } from '@hangtag/shared/domain/identity.js';
import type { ImageFilter } from '@hangtag/shared/domain/image-filter.js';
import { MOST_SHARDS } from '@hangtag/shared/domain/index-shards.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { assert } from 'chai';
import { aCorrection, aLabelledRecord, generation, MODEL } from '../fixtures/records.js';
import { recordQueries } from '../support/query-recorder.js';

const INDEXES = await readIndexFile(INDEX_FILE);
const SHARDED = await readIndexFile(SHARDED_INDEX_FILE);

/** How a client asks: with the shards of the records, if they have any. */
type Ask = (firestore: Firestore, options: { readonly shards?: number }) => Promise<unknown>;

/** Two thirds of it in an even distribution over 30 shards; the rest is the chance of a small sample. */
const MOST_SHARE = 0.03;

const range = { bucket: 'b', from: 'a', to: 'c' };
const day = { fromMs: 0, toMs: 1 };
const waiting = { ...range, filter: { status: 'queued', queuedBefore: 1 } } as const;
const circuitOpen = {
  ...range,
  filter: { status: 'deferred', reason: 'circuit-open', queuedBefore: 1 },
} as const;
const labelled = { ...range, filter: { model: 'f' } };

const QUERIES: Readonly<Record<string, Ask>> = {
  'the digest of a range': (firestore, options) =>
    new FirestoreRecordStore(firestore, undefined, options).digest(range),
  'the records of a range': (firestore, options) =>
    first(new FirestoreRecordStore(firestore, undefined, options).scan(range)),
  'the records of a status': (firestore, options) =>
    first(new FirestoreRecordStore(firestore, undefined, options).scan(waiting)),
  'the number of records of a status': (firestore, options) =>
    new FirestoreRecordStore(firestore, undefined, options).count(waiting),
  'the records of a status and a reason': (firestore, options) =>
    first(new FirestoreRecordStore(firestore, undefined, options).scan(circuitOpen)),
  'the number of records of a status and a reason': (firestore, options) =>
    new FirestoreRecordStore(firestore, undefined, options).count(circuitOpen),
  'the records of a model': (firestore, options) =>
    first(new FirestoreRecordStore(firestore, undefined, options).scan(labelled)),
  'the number of records of a model': (firestore, options) =>
    new FirestoreRecordStore(firestore, undefined, options).count(labelled),
  'the spending of a tenant': (firestore, options) =>
    new FirestoreSpending(firestore, options).imagesSince(1, DEFAULT_TENANT),
  'the spending of all tenants': (firestore, options) =>
    new FirestoreSpending(firestore, options).imagesSince(1),
  'the counts of a day': (firestore, options) =>
    new FirestoreDayRecords(firestore, options).count(DEFAULT_TENANT, day),
  'the next model': (firestore, options) =>
    new FirestoreRecordStore(firestore, undefined, options).nextModel('b', ''),
  'the rows of a day': (firestore, options) =>
    first(new FirestoreDayRecords(firestore, options).rows(DEFAULT_TENANT, day)),
  'the corrections of a day': (firestore, options) =>
    first(new FirestoreDayRecords(firestore, options).corrections(DEFAULT_TENANT, day)),
  'the first upload of a day': (firestore, options) =>
    new FirestoreDayRecords(firestore, options).firstUpload(DEFAULT_TENANT, day),
  'the reports since a day': (firestore) =>
    new FirestoreReportArchive(firestore).since(DEFAULT_TENANT, '2026-01-02' as Day),
  'the latest report': (firestore) => new FirestoreReportArchive(firestore).latest(DEFAULT_TENANT),
  'a list of images': (firestore, options) => list(firestore, options, {}),
  'a list of images by every filter': (firestore, options) =>
    list(firestore, options, {
      status: 'review',
      category: 'Handbags',
      tier: 'MANUAL_REVIEW',
      owner: 'x',
      colour: 'blue',
      uploaded: day,
    }),
  'a list of images by category': (firestore, options) => list(firestore, options, { category: 'Handbags' }),
  'similar images': (firestore) => similar(firestore),
  'similar images of an owner': (firestore) => similar(firestore, 'x'),
  'the rollouts of a tenant': (firestore) => new FirestoreRolloutStore(firestore).list(DEFAULT_TENANT),
  'the last rollout at a time': (firestore) => new FirestoreRolloutStore(firestore).lastAt(DEFAULT_TENANT, 1),
  'the images of a trial': (firestore, options) =>
    first(new FirestoreDayRecords(firestore, options).ofTrial(DEFAULT_TENANT, { id: 'a', version: '1' })),
  'the keys of a tenant': (firestore) => new FirestoreApiKeyStore(firestore).list(DEFAULT_TENANT),
  'the images of an owner': (firestore) =>
    first(new FirestoreErasureStore(firestore).owned(DEFAULT_TENANT, 'x')),
  'what names a person': (firestore) =>
    new FirestoreErasureStore(firestore).countMentions(DEFAULT_TENANT, 'x'),
  'what reviewers answered about erased images': (firestore) =>
    new FirestoreErasureStore(firestore).removeReviews(DEFAULT_TENANT, ['x' as ImageId]),
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
  heat: { width: 1, height: 1, values: [1] },
  embedding: [],
  writeId: 'w',
};

const images = (firestore: Firestore) => firestore.collection(`tenants/${DEFAULT_TENANT}/images`);

/** Queries of the page, of the client and of the README. */
const OF_CLIENTS: typeof QUERIES = {
  'labelled images': (firestore) => images(firestore).where('status', 'in', ['done', 'review']).get(),
  'images in review, the least certain first': (firestore) =>
    images(firestore).where('status', '==', 'review').orderBy('confidence').get(),
  'images in review, the oldest first': (firestore, { shards = 1 }) =>
    inAllShards(images(firestore), shards).where('status', '==', 'review').orderBy('uploadedAt').get(),
  'images that a model on trial disputes': (firestore) =>
    images(firestore).where('shadow.disputes', '==', true).where('correction', '==', null).get(),
  'the own answers to images that need two people': (firestore) =>
    firestore
      .collection(`tenants/${DEFAULT_TENANT}/answers`)
      .where('by', '==', 'x')
      .orderBy('at', 'desc')
      .get(),
  'the corrections after a time': (firestore) =>
    images(firestore).where('correction.at', '>', new Date(0)).count().get(),
  'parked images': (firestore) =>
    images(firestore).where('status', '==', 'failed').where('reason', '==', 'parked').get(),
  'the images of a category': (firestore) => images(firestore).where('category', '==', 'Handbags').get(),
  'the images of a tier': (firestore) => images(firestore).where('tier', '==', 'MANUAL_REVIEW').get(),
  'the images with a reference': (firestore) => images(firestore).where('ref', '==', 'order 1').get(),
  'the newest images': (firestore, { shards = 1 }) =>
    inAllShards(images(firestore), shards).orderBy('uploadedAt', 'desc').get(),
};

const ALL = { ...QUERIES, ...OF_CLIENTS };

for (const [file, indexes, options] of [
  ['firestore.indexes.json', INDEXES, {}],
  ['firestore.sharded.indexes.json', SHARDED, { shards: MOST_SHARDS }],
] as const) {
  describe(file, () => {
    for (const [what, ask] of Object.entries(ALL)) {
      it(`has the indexes for ${what}`, async () => {
        const recorded = await recordQueries((firestore) => ask(firestore, options));

        const check = new IndexCheck(indexes);
        assert.isNotEmpty(recorded);
        for (const query of recorded) assert.isUndefined(check.refusalOf(query));
      });
    }

    it('contains no index that no query uses', async () => {
      const check = new IndexCheck(indexes);

      for (const ask of Object.values(ALL)) {
        for (const query of await recordQueries((firestore) => ask(firestore, options)))
          check.refusalOf(query);
      }

      assert.deepEqual(check.unused.map(describeIndex), []);
    });
  });
}

describe('firestore.sharded.indexes.json', () => {
  it('is what `npm run indexes` makes of firestore.indexes.json', async () => {
    assert.equal(readFileSync(SHARDED_INDEX_FILE, 'utf8'), await shardedIndexText());
  });

  it('has no index of which one range gets more than 3 % of the writes; the other file has such indexes', async function () {
    this.timeout(240_000);
    const writes = await recordWrites(4_000, risingName);
    const hotter = (indexes: Indexes, all: readonly RecordWrite[]) =>
      recordIndexes(indexes, all)
        .map((index) => indexHeat(index, all))
        .filter(({ share }) => share > MOST_SHARE);

    assert.deepEqual(hotter(SHARDED, inShards(writes, MOST_SHARDS)), []);
    assert.isNotEmpty(hotter(INDEXES, writes));
  });
});

describe('firestore.indexes.json', () => {
  it('has an index of a single field only if a query uses it', async () => {
    const paths = fieldPaths(aLabelledRecord(EVERY_FIELD));
    const indexed = paths.filter((path) => INDEXES.modes('images', 'COLLECTION', path).length > 0);

    const used = new Set<string>();
    for (const ask of Object.values(ALL)) {
      for (const path of (await recordQueries((firestore) => ask(firestore, {}))).flatMap(singleFieldsOf))
        used.add(path);
    }

    const unused = indexed.filter(
      (path) => ![...used].some((each) => path === each || path.startsWith(`${each}.`)),
    );
    assert.deepEqual(unused, []);
  });

  it('is needed: without an index, each query that uses it is refused, and the refusal names it', async () => {
    const file = JSON.parse(readFileSync(INDEX_FILE, 'utf8')) as IndexFile;
    const digest = QUERIES['the digest of a range'] ?? assert.fail();
    const recorded = await recordQueries((firestore) => digest(firestore, {}));
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

function list(firestore: Firestore, options: { readonly shards?: number }, filter: ImageFilter) {
  const query = { tenant: DEFAULT_TENANT, filter, pageSize: 10 };
  return first(new FirestoreImageCatalog(firestore, options).newest(query));
}

async function first<T>(source: AsyncIterable<T>): Promise<T | undefined> {
  for await (const item of source) return item;
  return undefined;
}

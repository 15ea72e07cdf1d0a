/** The contract of the queries of a record store. */
import { prefixRange, rangeOf } from '@hangtag/shared/domain/name-range.js';
import { digestOf, fingerprint } from '@hangtag/shared/domain/range-proof.js';
import type { NewRecord } from '@hangtag/shared/domain/transitions.js';
import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import type { RecordStore, Selection } from '@hangtag/shared/ports/record-store.js';
import { assert } from 'chai';
import fc from 'fast-check';
import { aNewRecord, keyOf, MODEL, NEXT_MODEL } from '../fixtures/records.js';

/**
 * Characters beyond the basic plane, around the surrogates, composed and decomposed, and a byte that ends
 * strings elsewhere.
 */
const CHARACTERS = [
  'a',
  'b',
  '/',
  'é',
  'e\u0301',
  '\u0000',
  '\u{d7ff}',
  '\u{e000}',
  '\u{ffff}',
  '\u{1f600}',
  '\u{10ffff}',
];
const name = fc
  .array(fc.constantFrom(...CHARACTERS), { minLength: 1, maxLength: 5 })
  .map((parts) => parts.join(''));

export function promisesOfQueries(open: () => RecordStore, { runs }: { readonly runs: number }): void {
  describe('records', () => {
    let store: RecordStore;
    let buckets = 0;
    /** Each test has its own bucket in the one store. */
    let bucket: string;

    before(() => {
      store = open();
    });

    beforeEach(() => {
      buckets += 1;
      bucket = `bucket-${process.pid}-${buckets}`;
    });

    const add = (...records: Partial<NewRecord>[]) =>
      Promise.all(
        records.map((facts) => {
          const record = aNewRecord({ ...facts, bucket });
          return store.create(keyOf(record.name, bucket), record);
        }),
      );
    const namesOf = async (selection: Omit<Selection, 'bucket'>) => {
      const names: string[] = [];
      for await (const { record } of store.scan({ ...selection, bucket })) names.push(record.name);
      return names;
    };

    it('orders all names by their UTF-8 bytes, and proves any prefix of them', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), name, async (names, prefix) => {
          buckets += 1;
          bucket = `bucket-${process.pid}-${buckets}`;
          await add(...names.map((each) => ({ name: each })));

          const all = await namesOf({ from: '' });
          const range = prefixRange(bucket, prefix);
          const inside = names.filter((each) => each.startsWith(prefix));
          const digest = await store.digest(range);

          assert.deepEqual(all, names.toSorted(compareUtf8));
          assert.deepEqual(await namesOf(range), inside.toSorted(compareUtf8));
          const objects = inside.map((each) => ({ bucket, name: each, generation: aNewRecord().generation }));
          assert.deepEqual(digest, digestOf(objects.map(fingerprint)));
        }),
        { numRuns: runs },
      );
    });

    it('reads a range from its first name, included, to its last, excluded', async () => {
      await add({ name: 'a' }, { name: 'b' }, { name: 'c' });

      assert.deepEqual(await namesOf(rangeOf(bucket, 'a', 'c')), ['a', 'b']);
      assert.equal((await store.digest(rangeOf(bucket, 'b', undefined))).count, 2);
      assert.deepEqual(await store.digest(rangeOf(bucket, 'x', undefined)), { count: 0, sum: 0 });
    });

    it('counts and returns only records of objects that are present', async () => {
      await add({ name: 'here' }, { name: 'gone', present: false, status: 'deleted' });

      assert.deepEqual(await namesOf({ from: '' }), ['here']);
      assert.equal((await store.digest(rangeOf(bucket, '', undefined))).count, 1);
    });

    it('finds records of one status of all tenants, up to the limit', async () => {
      await add(
        { name: 'tenants/x/1' },
        { name: '2' },
        { name: '3', status: 'deferred', reason: 'over-budget' },
        { name: '4', status: 'done' },
      );
      const filter = { status: 'queued', queuedBefore: Date.now() + 60_000 } as const;

      assert.deepEqual(await namesOf({ from: '', filter }), ['2', 'tenants/x/1']);
      assert.deepEqual(await namesOf({ from: '3', filter }), ['tenants/x/1']);
      assert.deepEqual(await namesOf({ from: '', filter, limit: 1 }), ['2']);
      assert.equal(await store.count({ bucket, from: '', filter }), 2);
      assert.deepEqual(await namesOf({ from: '', filter: { ...filter, status: 'deferred' } }), ['3']);
    });

    it('finds records of one status and one reason', async () => {
      await add(
        { name: '1', status: 'deferred', reason: 'over-budget' },
        { name: '2', status: 'deferred', reason: 'circuit-open' },
        { name: '3' },
      );
      const filter = {
        status: 'deferred',
        reason: 'circuit-open',
        queuedBefore: Date.now() + 60_000,
      } as const;

      assert.deepEqual(await namesOf({ from: '', filter }), ['2']);
      assert.equal(await store.count({ bucket, from: '', filter }), 1);
    });

    it('excludes records that were queued after the given time', async () => {
      await add({ name: 'a' });
      const filter = { status: 'queued', queuedBefore: Date.now() - 60_000 } as const;

      assert.isEmpty(await namesOf({ from: '', filter }));
      assert.equal(await store.count({ bucket, from: '', filter }), 0);
    });

    it('finds records that other models labelled, one model after the other', async () => {
      await add(
        { name: '1', status: 'done', model: NEXT_MODEL },
        { name: '2', status: 'done', model: MODEL },
        { name: '3' },
        { name: '4', status: 'deleted', present: false, model: { ...MODEL, sha256: '0' } },
      );

      assert.deepEqual(await store.nextModel(bucket, ''), MODEL);
      assert.deepEqual(await store.nextModel(bucket, MODEL.sha256), NEXT_MODEL);
      assert.isUndefined(await store.nextModel(bucket, NEXT_MODEL.sha256));
      assert.deepEqual(await namesOf({ from: '', filter: { model: MODEL.sha256 } }), ['2']);
      assert.equal(await store.count({ bucket, from: '', filter: { model: NEXT_MODEL.sha256 } }), 1);
    });
  });
}

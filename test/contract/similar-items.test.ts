/** Similar images: the same contract in memory and in Firestore. */
import type { Firestore } from '@google-cloud/firestore';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreSimilarItems } from '@hangtag/shared/adapters/firestore/similar-items.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySimilarItems } from '@hangtag/shared/adapters/memory/similar-items.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { NewRecord } from '@hangtag/shared/domain/transitions.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { SimilarItems, SimilarQuery } from '@hangtag/shared/ports/similar-items.js';
import { assert } from 'chai';
import { aNewRecord, keyOf } from '../fixtures/records.js';
import { emulatedFirestore } from '../support/emulated-firestore.js';

interface Stores {
  readonly records: RecordStore;
  readonly similar: SimilarItems;
}

/** Most vectors have one size: that of the index in firestore.indexes.json. */
function vectorAt(degrees: number): number[] {
  const vector = new Array<number>(320).fill(0);
  const angle = (degrees * Math.PI) / 180;
  vector.splice(0, 2, Math.cos(angle), Math.sin(angle));
  return vector;
}

function promisesOfSimilar(open: () => Stores): void {
  let stores: Stores;

  async function put(name: string, degrees: number, facts: Partial<NewRecord> = {}, tenant = DEFAULT_TENANT) {
    const record = aNewRecord({
      ...{ name, status: 'done', vector: vectorAt(degrees), backbone: 'one', ...facts },
    });
    return stores.records.create({ ...keyOf(name), tenant }, record);
  }

  before(async () => {
    stores = open();
    await put('near.jpg', 10, { owner: 'ada' });
    await put('far.jpg', 80, { owner: 'ada' });
    await put('same.jpg', 0);
    await put('opposite.jpg', 180);
    await put('other-backbone.jpg', 1, { backbone: 'two' });
    await put('gone.jpg', 2, { status: 'deleted', present: false });
    await put('without.jpg', 3, { vector: null, backbone: null });
    await put('foreign.jpg', 4, {}, 'acme' as TenantId);
  });

  async function ask(facts: Partial<SimilarQuery> = {}) {
    const query = { tenant: DEFAULT_TENANT, vector: vectorAt(0), backbone: 'one', limit: 10, ...facts };
    return stores.similar.nearest(query);
  }

  const namesOf = (found: Awaited<ReturnType<typeof ask>>) => found.map(({ record }) => record.name);

  it('are those of the tenant and backbone, the most similar first', async () => {
    const found = await ask();

    assert.deepEqual(namesOf(found), ['same.jpg', 'near.jpg', 'far.jpg', 'opposite.jpg']);
    for (const [at, expected] of [1, 0.9848, 0.1736, -1].entries())
      assert.closeTo(found[at]?.similarity ?? Number.NaN, expected, 0.001);
  });

  it('are at most as many as asked for', async () => {
    assert.deepEqual(namesOf(await ask({ limit: 2 })), ['same.jpg', 'near.jpg']);
  });

  it('are of one owner, if asked for', async () => {
    assert.deepEqual(namesOf(await ask({ owner: 'ada' })), ['near.jpg', 'far.jpg']);
  });

  it('are none for a backbone that no image has', async () => {
    assert.deepEqual(await ask({ backbone: 'three' }), []);
  });

  it('follow the records: a new vector counts, and an image that is gone is not found', async () => {
    const version = await put('moving.jpg', 5);
    assert.include(namesOf(await ask()), 'moving.jpg');

    const key = keyOf('moving.jpg');
    if (version === undefined) assert.fail('Expected a version');
    await stores.records.update(key, { set: { vector: vectorAt(90) } }, version);
    const moved = await ask({ limit: 10 });
    const known = await stores.records.get(key);
    if (known === undefined) assert.fail('Expected a record');
    await stores.records.update(key, { set: { present: false } }, known.version);

    assert.deepEqual(namesOf(moved).slice(2, 4), ['far.jpg', 'moving.jpg']);
    assert.notInclude(namesOf(await ask()), 'moving.jpg');
  });
}

describe('Similar images in memory', () => {
  promisesOfSimilar(() => {
    const records = new MemoryRecordStore(systemClock);
    return { records, similar: new MemorySimilarItems(records) };
  });

  it('are found exactly among many, also after removals', async () => {
    const records = new MemoryRecordStore(systemClock);
    const similar = new MemorySimilarItems(records);
    const vectors = Array.from({ length: 300 }, (_, index) =>
      Array.from({ length: 100 }, (_, at) => Math.sin(index * 7.3 + at * at * 0.37) / (1 + at / 10)),
    );
    for (const [index, vector] of vectors.entries()) {
      const name = `${index}.jpg`;
      const key = keyOf(name);
      const version = await records.create(key, aNewRecord({ name, vector, backbone: 'one' }));
      if (index % 3 === 0 && version !== undefined)
        await records.update(key, { set: { present: false } }, version);
    }
    const wanted = vectors[4] ?? [];
    const product = (vector: readonly number[]) =>
      vector.reduce((sum, value, at) => sum + value * (wanted[at] ?? 0), 0);
    const expected = vectors
      .map((vector, index) => ({ name: `${index}.jpg`, score: product(vector) }))
      .filter((_, index) => index % 3 !== 0)
      .sort((one, other) => other.score - one.score)
      .slice(0, 10);

    const query = { tenant: DEFAULT_TENANT, vector: wanted, backbone: 'one', limit: 10 };
    const found = await similar.nearest(query);

    assert.deepEqual(
      found.map(({ record }) => record.name),
      expected.map(({ name }) => name),
    );
  });
});

describe('Similar images in Firestore', () => {
  let firestore: Firestore;

  before(async function () {
    firestore = await emulatedFirestore('similar', this);
  });

  after(() => firestore?.terminate());

  promisesOfSimilar(() => ({
    records: new FirestoreRecordStore(firestore),
    similar: new FirestoreSimilarItems(firestore),
  }));
});

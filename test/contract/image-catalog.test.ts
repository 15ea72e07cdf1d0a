/** The catalogue of images: the same contract in memory and in Firestore. */
import { type Firestore, Query } from '@google-cloud/firestore';
import { FirestoreImageCatalog } from '@hangtag/shared/adapters/firestore/image-catalog.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { MemoryImageCatalog } from '@hangtag/shared/adapters/memory/image-catalog.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { type ImageFilter, isMatch } from '@hangtag/shared/domain/image-filter.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { CatalogImage, ImageCatalog } from '@hangtag/shared/ports/image-catalog.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { assert } from 'chai';
import { aNewRecord, keyOf, UPLOADED_AT } from '../fixtures/records.js';
import { emulatedFirestore } from '../support/emulated-firestore.js';

/** More than one query can name, if it looks up a category. */
const SHARDS = 16;

interface Stores {
  readonly records: RecordStore;
  readonly catalog: ImageCatalog;
}

function promisesOfCatalog(open: () => Stores): void {
  let stores: Stores;

  before(async () => {
    stores = open();
    for (let index = 0; index < 12; index += 1) {
      const name = `${index}.jpg`;
      const uploadedAt = UPLOADED_AT + Math.floor(index / 4);
      const category = index % 2 === 0 ? 'Shoes' : 'Watches';
      const record = aNewRecord({ name, uploadedAt, status: 'done', category, tier: 'AUTO_PROCESS' });
      const { generation } = record;
      const correction = index === 3 ? { category: 'Shoes', by: 'x', at: UPLOADED_AT, generation } : null;
      await stores.records.create(keyOf(name), { ...record, correction });
    }
  });

  async function read(filter: ImageFilter, after?: CatalogImage): Promise<readonly CatalogImage[]> {
    const place = after && { uploadedAt: after.record.uploadedAt, imageId: after.imageId };
    const images: CatalogImage[] = [];
    const query = { tenant: DEFAULT_TENANT, filter, pageSize: 5, after: place };
    for await (const image of stores.catalog.newest(query)) {
      if (isMatch(image.record, filter)) images.push(image);
    }
    return images;
  }

  it('has every image once, the latest upload first, and then by id', async () => {
    const images = await read({});

    const order = images.map(({ imageId, record }) => `${record.uploadedAt} ${imageId}`);
    assert.lengthOf(new Set(order), 12);
    assert.deepEqual(order, order.toSorted().reverse());
  });

  it('continues after a place, also between images of one instant', async () => {
    const images = await read({});

    assert.deepEqual(await read({}, images[5]), images.slice(6));
  });

  it('finds a category after corrections, with other filters', async () => {
    const uploaded = { fromMs: UPLOADED_AT, toMs: UPLOADED_AT + 1 };
    const filter = { category: 'Shoes', status: 'done', tier: 'AUTO_PROCESS', uploaded } as const;

    const names = (await read(filter)).map(({ record }) => record.name);

    assert.sameMembers(names, ['0.jpg', '2.jpg', '3.jpg']);
  });

  it('finds no image of a day before the year 1 or of the last day of the year 9999, nor after such a place', async () => {
    const [before, after] = ['-000001-12-31', '+010000-01-01'].map((day) => Date.parse(day));
    const window = (fromMs = 0, toMs = 0) => ({ uploaded: { fromMs, toMs } });
    const [image] = await read({});
    assert.exists(image);
    const beyond = (uploadedAt = 0) => ({ ...image, record: { ...image.record, uploadedAt } });

    assert.lengthOf(await read(window(before, UPLOADED_AT)), 0);
    assert.lengthOf(await read(window(UPLOADED_AT + 10, after)), 0);
    assert.lengthOf(await read({}, beyond(before)), 0);
    assert.lengthOf(await read({}, beyond(after)), 12);
  });
}

describe('The catalogue of images in memory', () => {
  promisesOfCatalog(() => {
    const records = new MemoryRecordStore(systemClock);
    return { records, catalog: new MemoryImageCatalog(records) };
  });
});

describe('The catalogue of images in Firestore', () => {
  let firestore: Firestore;

  before(async function () {
    firestore = await emulatedFirestore('catalog', this);
  });

  after(() => firestore?.terminate());

  promisesOfCatalog(() => ({
    records: new FirestoreRecordStore(firestore),
    catalog: new FirestoreImageCatalog(firestore),
  }));

  it('reads larger pages the longer a reader goes on', async () => {
    const { get } = Query.prototype;
    let queries = 0;
    Query.prototype.get = function (...args) {
      queries += 1;
      return get.apply(this, args);
    };
    const images: CatalogImage[] = [];
    try {
      const query = { tenant: DEFAULT_TENANT, filter: {}, pageSize: 1 };
      for await (const image of new FirestoreImageCatalog(firestore).newest(query)) images.push(image);
    } finally {
      Query.prototype.get = get;
    }

    assert.lengthOf(images, 12);
    assert.equal(queries, 4, 'of 1, 2, 4 and 8 images');
  });

  it('leaves out documents that are no records, and goes on', async () => {
    const tenant = 'odd' as TenantId;
    const key = { ...keyOf('readable.jpg'), tenant };
    await new FirestoreRecordStore(firestore).create(key, aNewRecord({ name: 'readable.jpg' }));
    const images = firestore.collection(`tenants/${tenant}/images`);
    const record = (await images.doc(key.imageId).get()).data();
    const times = [null, 'yesterday', 7, true, [], {}];
    for (const [index, uploadedAt] of times.entries())
      await images.doc(`odd-time-${index}`).set({ ...record, uploadedAt });
    await images.doc('odd-status').set({ ...record, status: ['done'], labels: 'none' });
    await images.doc('odd-instant').set({ ...record, labeledAt: 1e300 });
    const faults: object[] = [];
    const catalog = new FirestoreImageCatalog(firestore, { log: { error: (line) => faults.push(line) } });

    for (const pageSize of [1, 2, 100]) {
      const found: string[] = [];
      for await (const { imageId } of catalog.newest({ tenant, filter: {}, after: undefined, pageSize }))
        found.push(imageId);
      assert.deepEqual(found, [key.imageId]);
    }
    assert.lengthOf(faults, 2 * 3, 'both records with a time of upload are logged on each reading');
  });
});

describe('The catalogue of images in Firestore, in shards', () => {
  let firestore: Firestore;

  before(async function () {
    firestore = await emulatedFirestore('sharded-catalog', this);
  });

  after(() => firestore?.terminate());

  promisesOfCatalog(() => ({
    records: new FirestoreRecordStore(firestore, undefined, { shards: SHARDS }),
    catalog: new FirestoreImageCatalog(firestore, { shards: SHARDS }),
  }));
});

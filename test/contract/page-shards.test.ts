/** What the page and the client ask Firestore for where records are in shards. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Firestore } from '@google-cloud/firestore';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { MOST_SHARDS } from '@hangtag/shared/domain/index-shards.js';
import { Backend } from '@hangtag/web/backend.js';
import { imageOf } from '@hangtag/web/image.js';
import { assert } from 'chai';
import { aNewRecord, BUCKET, keyOf, UPLOADED_AT } from '../fixtures/records.js';
import { emulator, freshProject } from '../support/shared-emulators.js';

const IMAGES = 40;
const COUNT = 10;
const CATEGORY = { category: 'Shoes' };

describe('The page, where records are in shards', () => {
  let firestore: Firestore;
  let backend: Backend;

  before(async function () {
    this.timeout(240_000);
    const { host } = await emulator('firestore', this);
    const projectId = freshProject('page-shards');
    firestore = ownerClient({ host, projectId });
    const records = new FirestoreRecordStore(firestore, undefined, { shards: MOST_SHARDS });
    for (let index = 0; index < IMAGES; index += 1) {
      const name = `${index}.jpg`;
      await records.create(keyOf(name), aNewRecord({ name, uploadedAt: UPLOADED_AT + index, ...CATEGORY }));
    }
    backend = new Backend(
      { projectId, bucket: BUCKET, labels: [], firestoreEmulator: host, indexShards: MOST_SHARDS },
      { uid: 'desk-1', tenant: DEFAULT_TENANT, role: 'reviewer' },
    );
  });

  after(async () => {
    await backend?.close();
    await firestore?.terminate();
  });

  /** A category needs two queries, and none of them has all of the newest images. */
  for (const filter of [{}, CATEGORY]) {
    const title = JSON.stringify(filter);

    it(`listens to the newest images of ${title}, and to no image beyond a gap`, async () => {
      const shown = new Set<string>();
      await new Promise<void>((resolve, reject) => {
        const stop = backend.listenToNewest(filter, {
          count: COUNT,
          onChanges: ({ changed }) => {
            for (const { name } of changed) shown.add(name);
            if (shown.size < COUNT) return;
            stop();
            resolve();
          },
          onError: (code) => reject(new Error(code)),
        });
      });

      const newest = namesBefore(IMAGES, shown.size);
      assert.isAtLeast(shown.size, COUNT);
      assert.sameMembers([...shown], [...newest]);
    });

    it(`reads on below an image of ${title} whose record was removed`, async () => {
      const removed = imageOf('-', { uploadedAt: UPLOADED_AT + 30 });
      const older = await backend.readOlder(filter, removed, COUNT);

      assert.deepEqual(
        older.map(({ name }) => name),
        namesBefore(30, COUNT),
      );
    });

    it(`reads the next older images of ${title}, and counts all`, async () => {
      const last = imageOf(keyOf('30.jpg').imageId, { uploadedAt: UPLOADED_AT + 30 });
      const older = await backend.readOlder(filter, last, COUNT);

      assert.deepEqual(
        older.map(({ name }) => name),
        namesBefore(30, COUNT),
      );
      assert.equal(await backend.count(filter), IMAGES);
    });
  }
});

describe('The older images of the page', () => {
  let server: Server;
  let backend: Backend;

  before(async () => {
    server = createServer(() => {}).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    backend = new Backend(
      {
        projectId: 'p',
        bucket: BUCKET,
        labels: [],
        firestoreEmulator: `127.0.0.1:${port}`,
        reconnectSeconds: 0.1,
      },
      { uid: 'desk-1', tenant: DEFAULT_TENANT, role: 'reviewer' },
    );
  });

  after(async () => {
    await backend.close();
    server.closeAllConnections();
    server.close();
  });

  it('are given up if Firestore does not answer, so that they can be asked for again', async () => {
    const failure = await backend.readOlder({}, imageOf('last', { uploadedAt: UPLOADED_AT }), COUNT).then(
      () => 'an answer',
      (error: Error) => error.message,
    );

    assert.match(failure, /an answer of Firestore within 600 ms/);
  });
});

/** The latest first. */
function namesBefore(index: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, offset) => `${index - 1 - offset}.jpg`);
}

/** How concurrent writes of records are sent: the requests, and the outcome of each write. */
import type { Firestore } from '@google-cloud/firestore';
import { type Call, type GrpcMeter, startGrpcMeter } from '@hangtag/bench/measure/grpc-meter.js';
import { count, noTraffic } from '@hangtag/bench/measure/traffic.js';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { RecordVersion } from '@hangtag/shared/domain/record.js';
import { expect } from 'chai';
import { aNewRecord, keyOf } from '../fixtures/records.js';
import { emulator, freshProject } from '../support/shared-emulators.js';

describe('Concurrent writes of records', () => {
  let meter: GrpcMeter;
  let firestore: Firestore;
  let store: FirestoreRecordStore;
  let calls: Call[];

  before(async function () {
    const { host } = await emulator('firestore', this);
    meter = await startGrpcMeter(host, (call) => calls.push(call));
  });
  beforeEach(() => {
    calls = [];
    firestore = ownerClient({ host: meter.host, projectId: freshProject('rush') });
    store = new FirestoreRecordStore(firestore);
  });
  afterEach(() => firestore?.terminate());
  after(() => meter?.close());

  const create = (name: string) => store.create(keyOf(name), aNewRecord({ name }));
  const requests = () => calls.filter(({ direction }) => direction === 'request');
  const writes = () => {
    const traffic = noTraffic();
    for (const call of requests()) count(traffic, call);
    return traffic.writes;
  };

  it('share a request, and each has its own outcome', async () => {
    const first = (await create('known.jpg')) as RecordVersion;
    await store.update(keyOf('known.jpg'), { set: { attempts: 1 } }, first);
    calls = [];

    const [created, again, stale, missing] = await Promise.all([
      create('new.jpg'),
      create('known.jpg'),
      store.update(keyOf('known.jpg'), { set: { attempts: 2 } }, first),
      store.update(keyOf('none.jpg'), { set: { attempts: 2 } }, first),
      ...Array.from({ length: 8 }, (_, index) => create(`${index}.jpg`)),
    ]);

    expect({ again, stale, missing }).to.deep.equal({ again: undefined, stale: false, missing: false });
    expect((await store.get(keyOf('new.jpg')))?.version).to.equal(created);
    expect((await store.get(keyOf('known.jpg')))?.record.attempts).to.equal(1);
    expect(writes()).to.equal(12);
    // Two requests, since one document is written twice.
    expect(requests().filter(({ path }) => path.endsWith('/BatchWrite'))).to.have.lengthOf(2);
  });

  it('are sent in several requests if they are more than one request takes', async () => {
    const versions = await Promise.all(Array.from({ length: 50 }, (_, index) => create(`${index}.jpg`)));

    expect(versions).to.not.include(undefined);
    expect(writes()).to.equal(50);
    expect(requests()).to.have.lengthOf(3);
  });

  it('are all written, at any distance in time', async () => {
    const names = Array.from({ length: 40 }, (_, index) => `${index}.jpg`);
    const written: Promise<RecordVersion | undefined>[] = [];
    for (const name of names) {
      written.push(create(name));
      await new Promise((resolve) => setTimeout(resolve, written.length % 4));
    }

    expect(await Promise.all(written)).to.not.include(undefined);
    expect(writes()).to.equal(40);
    expect(requests().length).to.be.below(40);
  });
});

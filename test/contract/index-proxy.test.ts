/** Clients of the Firestore emulator behind the proxy that refuses queries without an index. */
import { FieldValue, type Firestore, type Query } from '@google-cloud/firestore';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { IndexCheck } from '@hangtag/emulators/indexes/index-check.js';
import { Indexes } from '@hangtag/emulators/indexes/index-file.js';
import { startIndexProxy } from '@hangtag/emulators/indexes/index-proxy.js';
import type { Address } from '@hangtag/emulators/processes/ports.js';
import type { FrontPort } from '@hangtag/emulators/proxy/front-port.js';
import { expect } from 'chai';
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import * as web from 'firebase/firestore';
import { rejection } from '../support/rejection.js';
import { emulator, freshProject } from '../support/shared-emulators.js';

const INDEXED = {
  collectionGroup: 'cities',
  queryScope: 'COLLECTION' as const,
  fields: [
    { fieldPath: 'country', order: 'ASCENDING' as const },
    { fieldPath: 'population', order: 'ASCENDING' as const },
  ],
};

describe('The proxy that enforces indexes', () => {
  const projectId = freshProject('indexes');
  const refusals: string[] = [];
  let target: Address;
  let proxy: FrontPort;
  let check: IndexCheck;
  let firestore: Firestore;
  let app: FirebaseApp;
  let cities: Query;

  before(async function () {
    target = { host: '127.0.0.1', port: (await emulator('firestore', this)).emulatorPort };
    check = new IndexCheck(new Indexes({ indexes: [INDEXED], fieldOverrides: [] }));
    proxy = await startIndexProxy({
      target,
      check,
      onRefused: (refusal) => refusals.push(refusal),
    });
    firestore = ownerClient({ projectId, host: `127.0.0.1:${proxy.port}` });
    cities = firestore.collection('cities');
    app = initializeApp({ projectId }, projectId);
    web.connectFirestoreEmulator(web.getFirestore(app), '127.0.0.1', proxy.port, { mockUserToken: 'owner' });
    await firestore.doc('cities/oslo').set({ country: 'NO', population: 700_000 });
  });
  after(async () => {
    await firestore?.terminate();
    if (app !== undefined) await web.terminate(web.getFirestore(app)).then(() => deleteApp(app));
    await proxy?.close();
  });

  const served = () => cities.where('country', '==', 'NO').orderBy('population');
  const unserved = () => cities.where('country', '==', 'NO').orderBy('population', 'desc');

  it('passes queries with an index, transactions, batches and documents', async () => {
    const batch = firestore.batch();
    for (const name of ['bergen', 'stavanger'])
      batch.set(firestore.doc(`cities/${name}`), {
        country: 'NO',
        population: 1,
        at: FieldValue.serverTimestamp(),
      });

    await batch.commit();
    await firestore.runTransaction(async (transaction) => {
      const { docs } = await transaction.get(served());
      transaction.update(firestore.doc('cities/oslo'), { neighbours: docs.length - 1 });
    });

    expect((await firestore.doc('cities/oslo').get()).get('neighbours')).to.equal(2);
    expect((await served().count().get()).data().count).to.equal(3);
    expect(check.unused).to.deep.equal([]);
  });

  it('refuses queries, counts and transactions without an index', async () => {
    const faults = await Promise.all([
      rejection(unserved().get()),
      rejection(unserved().count().get()),
      rejection(firestore.runTransaction((transaction) => transaction.get(unserved()))),
    ]);

    for (const fault of faults) {
      expect(fault).to.include({ code: 9 });
      expect(fault).to.have.property('message').that.includes('The query requires an index.');
      expect(fault)
        .to.have.property('message')
        .that.includes('"fieldPath":"population","order":"DESCENDING"');
    }
    expect(refusals.filter((each) => each.includes('population'))).to.have.length(1);
  });

  it('refuses one listener of a client, and the others of the same connection receive their changes', async () => {
    const database = web.getFirestore(app);
    const norway = web.query(web.collection(database, 'cities'), web.where('country', '==', 'NO'));
    const names: string[] = [];
    let seen = () => {};
    const stop = web.onSnapshot(norway, ({ docs }) => {
      names.splice(0, names.length, ...docs.map(({ id }) => id));
      seen();
    });
    const fault = await new Promise((reject) => {
      web.onSnapshot(web.query(norway, web.orderBy('founded')), () => {}, reject);
    });
    const changed = new Promise<void>((resolve) => {
      seen = () => names.includes('tromsø') && resolve();
    });

    await firestore.doc('cities/tromsø').set({ country: 'NO', population: 77_000 });
    await changed;
    stop();

    expect(fault).to.include({ code: 'failed-precondition' });
    expect(names).to.include('oslo');
  });

  it('refuses listeners of servers', async () => {
    const fault = await new Promise((reject) => unserved().onSnapshot(() => {}, reject));

    expect(fault).to.have.property('message').that.includes('Error 9: The query requires an index.');
  });

  it('refuses queries over REST, and passes everything else', async () => {
    const base = `http://127.0.0.1:${proxy.port}/v1/projects/${projectId}/databases/(default)/documents`;
    const ask = async (direction: string | number) => {
      const orderBy = [{ field: { fieldPath: 'population' }, direction }];
      const where = {
        fieldFilter: { field: { fieldPath: 'country' }, op: 'EQUAL', value: { stringValue: 'NO' } },
      };
      const body = JSON.stringify({
        structuredQuery: { from: [{ collectionId: 'cities' }], where, orderBy },
      });
      const headers = { authorization: 'Bearer owner', 'content-type': 'application/json' };
      const response = await fetch(`${base}:runQuery`, { method: 'POST', headers, body });
      return { status: response.status, answer: (await response.json()) as readonly { error?: object }[] };
    };

    const refused = [await ask('DESCENDING'), await ask(2)];
    const answered = await ask('ASCENDING');
    const listed = await fetch(`${base}/cities/oslo`, { headers: { authorization: 'Bearer owner' } });

    for (const { status, answer } of refused) {
      expect(status).to.equal(400);
      expect(answer[0]?.error).to.include({ status: 'FAILED_PRECONDITION' });
    }
    expect(answered.status).to.equal(200);
    expect(answered.answer).to.have.length.above(0);
    expect(listed.status).to.equal(200);
  });

  it('serves clients again after it was started again on its port', async () => {
    const { port } = proxy;
    await proxy.close();
    proxy = await startIndexProxy({ target, port, check });

    const found = await firestore.collection('cities').limit(1).get();

    expect(found.size).to.equal(1);
  });
});

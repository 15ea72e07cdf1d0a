import { Firestore } from '@google-cloud/firestore';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreSweepStore } from '@hangtag/shared/adapters/firestore/sweep-store.js';
import { promisesOfQueries } from './record-store-queries.js';
import { promisesOfSweeps } from './sweep-store-promises.js';

describe('The stores in Firestore', () => {
  let firestore: Firestore;

  before(() => {
    firestore = new Firestore({ projectId: 'demo-contract' });
  });

  after(() => firestore.terminate());

  describe('The records', () => {
    promisesOfQueries(async () => new FirestoreRecordStore(firestore), { runs: 40 });
  });

  describe('The sweeps', () => {
    promisesOfSweeps(async () => new FirestoreSweepStore(firestore));
  });
});

/** The stores of the sweep: the same contract in memory and in Firestore. */
import type { Firestore } from '@google-cloud/firestore';
import { FirestoreRecordStore } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreSpending } from '@hangtag/shared/adapters/firestore/spending.js';
import { FirestoreSweepStore } from '@hangtag/shared/adapters/firestore/sweep-store.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemorySpending } from '@hangtag/shared/adapters/memory/spending.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { emulatedFirestore } from '../support/emulated-firestore.js';
import { promisesOfQueries } from './record-store-queries.js';
import { promisesOfSpending } from './spending-promises.js';
import { promisesOfSweeps } from './sweep-store-promises.js';

describe('Stores of the sweep in memory', () => {
  const records = new MemoryRecordStore(systemClock);

  promisesOfQueries(() => records, { runs: 200 });
  promisesOfSweeps(() => new MemorySweepStore());
  promisesOfSpending(() => ({ records, spending: new MemorySpending(records) }));
});

describe('Stores of the sweep in Firestore', () => {
  let firestore: Firestore;

  before(async function () {
    firestore = await emulatedFirestore('sweep', this);
  });

  after(() => firestore?.terminate());

  promisesOfQueries(() => new FirestoreRecordStore(firestore), { runs: 40 });
  promisesOfSweeps(() => new FirestoreSweepStore(firestore));
  promisesOfSpending(() => ({
    records: new FirestoreRecordStore(firestore),
    spending: new FirestoreSpending(firestore),
  }));
});

describe('Records in shards', () => {
  /** More than one query of the spending can name. */
  const sharded = { shards: 7 };
  let firestore: Firestore;

  before(async function () {
    firestore = await emulatedFirestore('sharded-sweep', this);
  });

  after(() => firestore?.terminate());

  promisesOfQueries(() => new FirestoreRecordStore(firestore, undefined, sharded), { runs: 5 });
  promisesOfSpending(() => ({
    records: new FirestoreRecordStore(firestore, undefined, sharded),
    spending: new FirestoreSpending(firestore, sharded),
  }));
});

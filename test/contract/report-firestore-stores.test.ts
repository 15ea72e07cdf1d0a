import type { Firestore } from '@google-cloud/firestore';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import { FirestoreAlertStore } from '@hangtag/shared/adapters/firestore/alert-store.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import { emulator, freshProject } from '../fixtures/emulators.js';
import {
  type DayRecordsStage,
  promisesOfAlertStore,
  promisesOfDayRecords,
  promisesOfErasureStore,
  promisesOfReportArchive,
} from './report-store-promises.js';

describe("The report's stores in Firestore", () => {
  let firestore: Firestore | undefined;

  before(async function () {
    this.timeout(60_000);
    const { host } = await emulator('firestore', this);
    firestore = ownerClient({ host, projectId: freshProject('report') });
  });

  after(() => firestore?.terminate());

  const client = () => {
    if (firestore === undefined) throw new Error('Expected the emulator to run');
    return firestore;
  };

  const put: DayRecordsStage['put'] = async (tenant, records) => {
    const writer = client().bulkWriter({ throttling: false });
    for (const record of records) {
      const id = imageIdOf(record.bucket, record.name);
      void writer.set(client().doc(`tenants/${tenant}/${IMAGES}/${id}`), documentOf(record, 1000));
    }
    await writer.close();
  };

  describe('The records of a day', () => {
    promisesOfDayRecords(() => ({
      records: new FirestoreDayRecords(client()),
      put,
    }));
  });

  describe('The archive', () => {
    promisesOfReportArchive(() => new FirestoreReportArchive(client()));
  });

  describe('The erasures', () => {
    promisesOfErasureStore(() => ({ store: new FirestoreErasureStore(client()), put }));
  });

  describe('The alerts', () => {
    promisesOfAlertStore(() => new FirestoreAlertStore(client()));
  });
});

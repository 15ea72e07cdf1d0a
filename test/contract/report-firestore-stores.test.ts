import { type Firestore, Timestamp } from '@google-cloud/firestore';
import { FirestoreAlertStore } from '@hangtag/shared/adapters/firestore/alert-store.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import { expect } from 'chai';
import { DAY } from '../fixtures/day-rows.js';
import { emulatedFirestore } from '../support/emulated-firestore.js';
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
    firestore = await emulatedFirestore('report', this);
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
    promisesOfDayRecords(() => {
      const logged: object[] = [];
      return {
        records: new FirestoreDayRecords(client(), { log: { error: (line) => logged.push(line) } }),
        put,
        logged,
      };
    });
  });

  describe('The archive', () => {
    promisesOfReportArchive(() => new FirestoreReportArchive(client()));
  });

  describe('The erasures', () => {
    promisesOfErasureStore(() => ({ store: new FirestoreErasureStore(client()), put }));

    it('are audited with numbers and time, without the owner', async () => {
      const tenant = 'audited' as TenantId;
      await new FirestoreErasureStore(client()).audit(tenant, { images: 2, days: [DAY] });

      const { docs } = await client().collection(`tenants/${tenant}/audits`).get();
      const [{ at, ...entry } = {}] = docs.map((document) => document.data());
      expect(docs).to.have.length(1);
      expect(entry).to.deep.equal({ kind: 'erasure', images: 2, days: [DAY] });
      expect(at).to.be.instanceOf(Timestamp);
    });
  });

  describe('The alerts', () => {
    promisesOfAlertStore(() => new FirestoreAlertStore(client()));
  });
});

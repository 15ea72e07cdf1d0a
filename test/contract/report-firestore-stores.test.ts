import { type DocumentData, type Firestore, Timestamp } from '@google-cloud/firestore';
import { FirestoreAlertStore } from '@hangtag/shared/adapters/firestore/alert-store.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { FirestoreErasureStore } from '@hangtag/shared/adapters/firestore/erasure-store.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { ERASED_PERSON } from '@hangtag/shared/domain/erasure.js';
import { type ImageId, imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
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

  /** By path below the tenant. */
  async function documentsOf(tenant: TenantId): Promise<ReadonlyMap<string, DocumentData>> {
    const collections = await client().doc(`tenants/${tenant}`).listCollections();
    const all = await Promise.all(collections.map((collection) => collection.get()));
    return new Map(
      all.flatMap(({ docs }) => docs.map((each) => [`${each.ref.parent.id}/${each.id}`, each.data()])),
    );
  }

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

    it('reach the answers, changes and runs of learning of a person', async () => {
      const tenant = 'reviewed' as TenantId;
      const at = (path: string) => client().doc(`tenants/${tenant}/${path}`);
      const answer = { image: 'i', category: 'Tops', by: 'jane' };
      await Promise.all([
        at('answers/i.1.first').set(answer),
        at('controls/1').set(answer),
        at('claims/i').set({ by: 'jane', page: 'p' }),
        at('rollouts/1').set({ by: 'jane', action: 'promote' }),
        at('models/m@1').set({ addedBy: 'jane' }),
        at('learning/latest').set({ by: 'john', trusted: [], reviewers: ['jane'], message: 'by "jane"' }),
        at('answers/i.1.second').set({ ...answer, by: 'john' }),
      ]);
      const store = new FirestoreErasureStore(client());
      expect(await store.countMentions(tenant, 'jane')).to.equal(6);

      await store.eraseMentions(tenant, 'jane');

      expect(await store.countMentions(tenant, 'jane')).to.equal(0);
      const rest = await documentsOf(tenant);
      expect(JSON.stringify([...rest])).not.to.include('jane');
      expect([...rest.keys()]).to.have.members([
        'answers/i.1.first',
        'answers/i.1.second',
        'rollouts/1',
        'models/m@1',
      ]);
      expect(rest.get('answers/i.1.first')).to.deep.equal({ ...answer, by: ERASED_PERSON });
      expect(rest.get('answers/i.1.second')).to.deep.equal({ ...answer, by: 'john' });
    });

    it('remove what the review keeps of erased images, and nothing of others', async () => {
      const tenant = 'unreviewed' as TenantId;
      const at = (path: string) => client().doc(`tenants/${tenant}/${path}`);
      const images = Array.from({ length: 31 }, (_, index) => `erased-${index}` as ImageId);
      const suspect = (imageId: string) => ({ imageId, category: 'Tops' });
      await Promise.all([
        ...[...images, 'other'].flatMap((image) => [
          at(`answers/${image}.1.first`).set({ image }),
          at(`controls/${image}`).set({ image }),
          at(`claims/${image}`).set({ by: 'john' }),
        ]),
        at('queues/suspects').set({ images: [...images, 'other'].map(suspect) }),
      ]);

      await new FirestoreErasureStore(client()).removeReviews(tenant, images);

      const rest = await documentsOf(tenant);
      expect([...rest.keys()]).to.have.members([
        'answers/other.1.first',
        'controls/other',
        'claims/other',
        'queues/suspects',
      ]);
      expect(rest.get('queues/suspects')).to.deep.equal({ images: [suspect('other')] });
    });

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

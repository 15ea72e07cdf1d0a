import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryErasureStore } from '@hangtag/shared/adapters/memory/erasure-store.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemoryReportArchive } from '@hangtag/shared/adapters/memory/report-archive.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import {
  type DayRecordsStage,
  promisesOfAlertStore,
  promisesOfDayRecords,
  promisesOfErasureStore,
  promisesOfReportArchive,
} from './report-store-promises.js';

const clock = { now: () => 1_700_000_000_000 };

function storage(): Omit<DayRecordsStage, 'records'> & { readonly store: MemoryRecordStore } {
  const logged: object[] = [];
  const store = new MemoryRecordStore(clock, { error: (line) => logged.push(line) });
  const keyed: DayRecordsStage['put'] = async (tenant, records) =>
    store.restore(
      records.map((record) => ({ key: { tenant, imageId: imageIdOf(record.bucket, record.name) }, record })),
    );
  return { store, put: keyed, logged };
}

describe("The report's stores in memory", () => {
  describe('The records of a day', () => {
    promisesOfDayRecords(() => {
      const { store, ...rest } = storage();
      return { records: new MemoryDayRecords(store), ...rest };
    });
  });

  describe('The archive', () => {
    promisesOfReportArchive(() => new MemoryReportArchive(clock));
  });

  describe('The erasures', () => {
    promisesOfErasureStore(() => {
      const { store, put } = storage();
      return { store: new MemoryErasureStore(store), put };
    });
  });

  describe('The alerts', () => {
    promisesOfAlertStore(() => new MemoryAlertStore());
  });
});

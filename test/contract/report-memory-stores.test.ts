import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { MemoryDayRecords } from '@hangtag/shared/adapters/memory/day-records.js';
import { MemoryRecordStore } from '@hangtag/shared/adapters/memory/record-store.js';
import { MemoryReportArchive } from '@hangtag/shared/adapters/memory/report-archive.js';
import { imageIdOf } from '@hangtag/shared/domain/identity.js';
import {
  promisesOfAlertStore,
  promisesOfDayRecords,
  promisesOfReportArchive,
} from './report-store-promises.js';

const clock = { now: () => 1_700_000_000_000 };

describe("The report's stores in memory", () => {
  describe('The records of a day', () => {
    promisesOfDayRecords(() => {
      const store = new MemoryRecordStore(clock);
      return {
        records: new MemoryDayRecords(store),
        put: async (tenant, records) =>
          store.restore(
            records.map((record) => ({
              key: { tenant, imageId: imageIdOf(record.bucket, record.name) },
              record,
            })),
          ),
      };
    });
  });

  describe('The archive', () => {
    promisesOfReportArchive(() => new MemoryReportArchive(clock));
  });

  describe('The alerts', () => {
    promisesOfAlertStore(() => new MemoryAlertStore());
  });
});

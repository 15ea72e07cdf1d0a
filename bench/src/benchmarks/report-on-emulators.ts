/** The daily report from Google's Firestore emulator; includes the client's memory and the emulator's time. */
import type { Firestore } from '@google-cloud/firestore';
import { type ReturnsDay, returnsDay } from '@hangtag/drawings/returns-day.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { type Benchmark, repeat } from '../benchmark.js';
import { withStage } from '../measure/stage.js';
import { dayOf, measure, measurementsOf } from './report.js';

const IMAGES = { full: 100_000, quick: 1_000 };
const RUNS = { full: 2, quick: 1 };
const FLUSH_EVERY = 2_000;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async ({ firestore }) => {
    const images = IMAGES[scale];
    const day = dayOf(images);
    say(`Writing ${images} records ...`);
    await seed(firestore, day);
    const stores = {
      records: new FirestoreDayRecords(firestore),
      archive: new FirestoreReportArchive(firestore),
    };
    const measured = await repeat(RUNS[scale], () => measure(day, stores));
    return measurementsOf(measured, `report_on_emulators`, `.${images}`);
  });

async function seed(firestore: Firestore, day: ReturnsDay): Promise<void> {
  const writer = firestore.bulkWriter({ throttling: false });
  let written = 0;
  for (const { key, record } of returnsDay(day)) {
    void writer.set(firestore.doc(`tenants/${key.tenant}/images/${key.imageId}`), documentOf(record, 1));
    written += 1;
    if (written % FLUSH_EVERY === 0) await writer.flush();
  }
  await writer.close();
}

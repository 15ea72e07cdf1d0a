/**
 * What a daily report costs, for 10,000 and 100,000 images in a day: time, highest heap and Firestore reads. With records that
 * are made while they are read, and, where FIRESTORE_EMULATOR_HOST names one, from the Firestore emulator.
 *
 *     [FIRESTORE_EMULATOR_HOST=127.0.0.1:8080] node --expose-gc bench/dist/report.js
 */
import { pathToFileURL } from 'node:url';
import { Firestore } from '@google-cloud/firestore';
import { type ReturnsDay, returnsDay } from '@hangtag/emulators/samples/returns-day.js';
import { type ReportPorts, report } from '@hangtag/functions/report/handler.js';
import { FirestoreDayRecords } from '@hangtag/shared/adapters/firestore/day-records.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { FirestoreReportArchive } from '@hangtag/shared/adapters/firestore/report-archive.js';
import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { MemoryReportArchive } from '@hangtag/shared/adapters/memory/report-archive.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { dayWindow, parseDay, parseTimeZone } from '@hangtag/shared/domain/report/day-window.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import { type Figure, figureOf } from './figure.js';
import { DroppedFiles, madeUpListing, madeUpRecords } from './made-up-day.js';

const SIZES = [10_000, 100_000] as const;
const RUNS = 3;
const MIB = 1024 * 1024;
const WINDOW = dayWindow(parseDay('2026-01-02'), parseTimeZone('Europe/Berlin'));

interface Measured {
  readonly seconds: number;
  readonly heapMib: number;
  /** Without garbage. */
  readonly liveMib: number;
  readonly reads: number;
}

export async function benchReport(): Promise<readonly Figure[]> {
  const figures: Figure[] = [];
  for (const images of SIZES) {
    const day = dayOf(images);
    const stores = { records: madeUpRecords(day), archive: new MemoryReportArchive(systemClock) };
    figures.push(...(await figuresOf(`report of ${images} images`, day, stores)));
  }
  return [...figures, ...(await benchFirestore())];
}

async function benchFirestore(): Promise<readonly Figure[]> {
  if (process.env['FIRESTORE_EMULATOR_HOST'] === undefined) return [];
  const firestore = new Firestore({ projectId: 'demo-bench', ignoreUndefinedProperties: true });
  const figures: Figure[] = [];
  for (const images of SIZES) {
    const day = dayOf(images);
    await seed(firestore, day);
    const stores = {
      records: new FirestoreDayRecords(firestore),
      archive: new FirestoreReportArchive(firestore),
    };
    figures.push(...(await figuresOf(`report of ${images} images from the Firestore emulator`, day, stores)));
  }
  await firestore.terminate();
  return figures;
}

/** Each size is a tenant of its own. */
function dayOf(images: number): ReturnsDay {
  return { tenant: `bench-${images}` as TenantId, bucket: 'bench', window: WINDOW, images };
}

async function seed(firestore: Firestore, day: ReturnsDay): Promise<void> {
  const writer = firestore.bulkWriter({ throttling: false });
  let written = 0;
  for (const { key, record } of returnsDay(day)) {
    void writer.set(firestore.doc(`tenants/${key.tenant}/images/${key.imageId}`), documentOf(record, 1));
    written += 1;
    if (written % 2_000 === 0) await writer.flush();
  }
  await writer.close();
}

interface Stores {
  readonly records: DayRecords;
  readonly archive: ReportArchive;
}

async function figuresOf(name: string, day: ReturnsDay, stores: Stores): Promise<readonly Figure[]> {
  const measured: Measured[] = [];
  for (let run = 0; run < RUNS; run += 1) measured.push(await measure(day, stores));
  const figure = (what: string, unit: string, value: (run: Measured) => number) =>
    figureOf(`${name}, ${what}`, unit, measured.map(value));
  return [
    figure('time', 's', ({ seconds }) => Number(seconds.toFixed(2))),
    figure('highest heap', 'MiB', ({ heapMib }) => Math.round(heapMib)),
    figure('highest heap in use after a collection', 'MiB', ({ liveMib }) => Math.round(liveMib)),
    figure('Firestore reads', 'reads', ({ reads }) => reads),
  ];
}

async function measure(day: ReturnsDay, { records, archive }: Stores): Promise<Measured> {
  globalThis.gc?.();
  const files = new DroppedFiles();
  const startedAt = performance.now();
  await report({ tenant: day.tenant, day: day.window.day }, portsOf(day, { records, archive }, files));
  const seconds = (performance.now() - startedAt) / 1000;
  const archived = await archive.find(day.tenant, day.window.day);
  if (!archived?.report.reconciliation.balanced) throw new Error('Expected the day to add up');
  return {
    seconds,
    heapMib: files.highestHeap / MIB,
    liveMib: files.highestLiveHeap / MIB,
    reads: archived.report.firestoreReads,
  };
}

function portsOf(day: ReturnsDay, stores: Stores, files: DroppedFiles): ReportPorts {
  const list = madeUpListing(day);
  const nothing = async () => undefined;
  return {
    ...stores,
    files,
    objects: { list, read: nothing, stat: nothing, write: nothing, remove: nothing },
    bucket: day.bucket,
    thumbnailer: { thumbnail: async (image) => image },
    maxBytes: 1,
    publisher: { publish: nothing },
    alerts: { store: new MemoryAlertStore(), notifiers: [], clock: systemClock, coolDownMs: 1 },
    clock: systemClock,
    timeZone: day.window.timeZone,
    settings: {
      thresholds: { autoProcessAt: 0.85, quickReviewAt: 0.7 },
      retention: { images: 30, records: 90 },
    },
    rowFiles: { byteOrderMark: 'none', categoryCodes: {} },
    topics: {},
  };
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(await benchReport());
}

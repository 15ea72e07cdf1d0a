/**
 * The cost of a daily report by number of images: time, highest heap and Firestore reads. Records are generated
 * when they are read, because a store of records would hide the heap of the report. The figures without a size
 * are those of the largest day.
 */
import type { ReturnsDay } from '@hangtag/drawings/returns-day.js';
import type { App } from '@hangtag/functions/app/app.js';
import { report } from '@hangtag/functions/report/handler.js';
import { MemoryAlertStore } from '@hangtag/shared/adapters/memory/alert-store.js';
import { MemoryReportArchive } from '@hangtag/shared/adapters/memory/report-archive.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { dayWindow, parseDay } from '@hangtag/shared/domain/report/day-window.js';
import { parseTimeZone } from '@hangtag/shared/domain/time-zone.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import { type Benchmark, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { benchApp } from '../measure/bench-app.js';
import { DroppedFiles, madeUpListing, madeUpRecords } from '../synthetic/made-up-day.js';

const SIZES = { full: [10_000, 100_000], quick: [10_000] };
const RUNS = { full: 3, quick: 1 };
const MIB = 1024 * 1024;
const WINDOW = dayWindow(parseDay('2026-01-02'), parseTimeZone('Europe/Berlin'));

interface Measured {
  readonly seconds: number;
  readonly heapMib: number;
  /** Without garbage. */
  readonly liveMib: number;
  readonly reads: number;
}

export const benchmark: Benchmark = async ({ scale, say }) => {
  const measurements: Measurement[] = [];
  for (const images of SIZES[scale]) {
    say(`Reporting a day of ${images} images ...`);
    const measured = await repeat(RUNS[scale], () => measureDay(images));
    measurements.push(...measurementsOf(measured, 'report', `.${images}`));
    if (images === SIZES[scale].at(-1)) measurements.push(...measurementsOf(measured, 'report', ''));
  }
  return measurements;
};

function measureDay(images: number): Promise<Measured> {
  const day = dayOf(images);
  return measure(day, { records: madeUpRecords(day), archive: new MemoryReportArchive(systemClock) });
}

/** Each size has its own tenant. */
export function dayOf(images: number): ReturnsDay {
  return { tenant: `bench-${images}` as TenantId, bucket: 'bench', window: WINDOW, images };
}

interface Stores {
  readonly records: DayRecords;
  readonly archive: ReportArchive;
}

export function measurementsOf(measured: readonly Measured[], report: string, size: string): Measurement[] {
  const measurement = (what: string, unit: string, value: (one: Measured) => number): Measurement => ({
    name: `${report}.${what}${size}`,
    unit,
    values: measured.map(value),
  });
  const live = measurement('live_heap_mb', 'MiB', ({ liveMib }) => liveMib);
  return [
    measurement('seconds', 's', ({ seconds }) => seconds),
    measurement('heap_mb', 'MiB', ({ heapMib }) => heapMib),
    // A short day has no garbage collection.
    ...(live.values.every((mib) => mib > 0) ? [live] : []),
    measurement('reads', 'reads', ({ reads }) => reads),
  ];
}

export async function measure(day: ReturnsDay, { records, archive }: Stores): Promise<Measured> {
  globalThis.gc?.();
  const files = new DroppedFiles();
  const startedAt = performance.now();
  await report(
    { tenant: day.tenant, day: day.window.day },
    await appOf(day, { records, archive }, files).report(),
  );
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

function appOf(day: ReturnsDay, { records, archive }: Stores, files: DroppedFiles): App {
  const nothing = async () => undefined;
  const list = madeUpListing(day);
  return benchApp({
    bucket: day.bucket,
    timeZone: day.window.timeZone,
    ports: {
      dayRecords: records,
      reportArchive: archive,
      reportFiles: files,
      objects: { list, read: nothing, stat: nothing, write: nothing, remove: nothing },
      thumbnailer: { thumbnail: async (image) => image, close: nothing },
      publisher: { publish: nothing },
      alertStore: new MemoryAlertStore(),
      notifiers: [],
    },
  });
}

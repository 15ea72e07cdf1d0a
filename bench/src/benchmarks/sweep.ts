/**
 * The cost of a sweep of a consistent bucket with this number of objects, and with 1 % of the records missing
 * at random (`lossy`): reads as Firestore bills them, processor time (with that of the synthetic bucket), and
 * the highest heap.
 */
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import type { SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { type Benchmark, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { benchApp } from '../measure/bench-app.js';
import { type SyntheticBucket, syntheticBucket } from '../synthetic/synthetic-bucket.js';

const SIZES = { full: [10_000, 100_000, 1_000_000], quick: [10_000, 100_000] };
const RUNS = { full: 3, quick: 1 };
const MISSING_SHARE = 0.01;
const MIB = 1024 * 1024;

interface Measured {
  readonly state: SweepState;
  /** Processor time, user and system: other work on the machine does not change it. */
  readonly cpuMs: number;
  /** The highest value at the end of a page, with garbage. */
  readonly heapMib: number;
}

export const benchmark: Benchmark = async ({ scale, say }) => {
  const measurements: Measurement[] = [];
  for (const size of SIZES[scale]) {
    say(`Sweeping ${size} objects ...`);
    const consistent = await repeat(RUNS[scale], () => measure(syntheticBucket(size, [])));
    const lossy = await repeat(RUNS[scale], () =>
      measure(syntheticBucket(size, someOf(size, MISSING_SHARE))),
    );
    measurements.push(
      ...measurementsOf('sweep', size, consistent),
      ...measurementsOf('sweep.lossy', size, lossy),
    );
    const perMissing = lossy.map(({ state: { progress } }) => progress.reads / progress.missing);
    measurements.push({ name: `sweep.lossy.reads_per_missing.${size}`, unit: 'reads', values: perMissing });
  }
  return measurements;
};

async function measure({ bucket, objects, records }: SyntheticBucket): Promise<Measured> {
  globalThis.gc?.();
  const publisher = { publish: async () => undefined };
  const app = benchApp({ bucket, ports: { objects, records, publisher, sweeps: new MemorySweepStore() } });
  const ports = await app.sweep();
  let heap = 0;
  const onPage = () => {
    heap = Math.max(heap, process.memoryUsage().heapUsed);
  };
  const before = process.cpuUsage();
  const request = { bucket, prefix: '', passes: ['objects'], mode: 'repair' } as const;
  const { state } = await sweep(request, ports, { onPage });
  const { user, system } = process.cpuUsage(before);
  return { state, cpuMs: (user + system) / 1_000, heapMib: heap / MIB };
}

function measurementsOf(name: string, size: number, measured: readonly Measured[]): Measurement[] {
  const measurement = (what: string, unit: string, value: (one: Measured) => number): Measurement => ({
    name: `${name}.${what}.${size}`,
    unit,
    values: measured.map(value),
  });
  return [
    measurement('reads', 'reads', ({ state }) => state.progress.reads),
    measurement('cpu_us_per_object', 'us', ({ state, cpuMs }) => (cpuMs * 1_000) / state.progress.listed),
    measurement('heap_mb', 'MiB', ({ heapMib }) => heapMib),
  ];
}

/**
 * The same indices in every run: a linear congruential generator,
 * https://doi.org/10.1090/S0025-5718-99-00996-5.
 */
function* someOf(size: number, share: number): Generator<number> {
  let state = 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (state < share * 2 ** 32) yield index;
  }
}

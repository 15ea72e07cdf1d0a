/**
 * What a sweep costs on a consistent bucket of 10,000, 100,000 and 1,000,000 objects, and with 1 % of the records
 * missing at random: reads as Firestore charges them, processor time (with that of
 * the synthetic bucket), and the highest heap seen.
 *
 *     node --expose-gc bench/dist/sweep.js
 */
import { pathToFileURL } from 'node:url';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { DEFAULT_SWEEP_LIMITS, type SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { MemorySweepStore } from '@hangtag/shared/adapters/memory/sweep-store.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import type { SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { type Figure, figureOf } from './figure.js';
import { type SyntheticBucket, syntheticBucket } from './synthetic-bucket.js';

const SIZES = [10_000, 100_000, 1_000_000] as const;
const MISSING_SHARE = 0.01;
const MIB = 1024 * 1024;

interface Measured {
  readonly state: SweepState;
  /** Processor time, user and system: other work on the machine does not lengthen it. */
  readonly cpuMs: number;
  /** Highest seen at the end of a page, garbage included. */
  readonly heapMib: number;
}

/** @param runs of each case; the figures hold the extremes and the median of them */
export async function benchSweep(runs = 3): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of SIZES) {
    const consistent = await repeat(runs, () => measure(syntheticBucket(size, [])));
    figures.push(...figuresOf(`sweep of ${size} objects, consistent`, consistent));
    const lossy = await repeat(runs, () => measure(syntheticBucket(size, someOf(size, MISSING_SHARE))));
    figures.push(...figuresOf(`sweep of ${size} objects, 1 % missing`, lossy));
    const perMissing = lossy.map(({ state: { progress } }) => progress.reads / progress.missing);
    figures.push(
      figureOf(`sweep of ${size} objects, 1 % missing, reads per missing record`, 'reads', perMissing),
    );
  }
  return figures;
}

async function measure({ bucket, objects, records }: SyntheticBucket): Promise<Measured> {
  globalThis.gc?.();
  const ports: SweepPorts = {
    objects,
    records,
    sweeps: new MemorySweepStore(),
    clock: systemClock,
    publisher: { publish: async () => undefined },
    topics: { uploaded: 'image-backfill' },
    policy: { includePrefixes: [], excludePrefixes: [], maxBytes: Number.MAX_SAFE_INTEGER },
    prices: PRICES,
    model: async () => '',
    limits: DEFAULT_SWEEP_LIMITS,
  };
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

function figuresOf(name: string, measured: readonly Measured[]): Figure[] {
  return [
    figureOf(
      `${name}, record reads`,
      'reads',
      measured.map(({ state }) => state.progress.reads),
    ),
    figureOf(
      `${name}, processor time per object`,
      'us',
      measured.map(({ state, cpuMs }) => (cpuMs * 1_000) / state.progress.listed),
    ),
    figureOf(
      `${name}, highest heap`,
      'MiB',
      measured.map(({ heapMib }) => Math.round(heapMib)),
    ),
  ];
}

async function repeat<T>(times: number, work: () => Promise<T>): Promise<T[]> {
  const results: T[] = [];
  for (let run = 0; run < times; run += 1) results.push(await work());
  return results;
}

/** The same indices at every run: a linear congruential generator, https://doi.org/10.1090/S0025-5718-99-00996-5. */
function* someOf(size: number, share: number): Generator<number> {
  let state = 1;
  for (let index = 0; index < size; index += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    if (state < share * 2 ** 32) yield index;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(await benchSweep());
}

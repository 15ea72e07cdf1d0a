/**
 * Which memory, processors and concurrency a function should declare: the cheapest size at a million images a month
 * that holds what was measured, and whose 100 instances carry 1,000 images a second. Pure.
 *
 * Cloud Run allows less than a core only with one request at a time. Of such shares, the one that Cloud Run functions give
 * to the memory by default is considered: https://cloud.google.com/functions/docs/configuring/memory (November 2026).
 *
 * A virtual machine is slower at some hours. Measured times are therefore multiplied by the ratio of `infer.onnx_ms` on the reference
 * machine to the same figure of the run, so that such an hour does not ask for other sizes. Both are elapsed times: beside other work
 * the ratio is too small, and so is what it gives.
 */
import type { Resources } from '@hangtag/functions/platform/resources.js';
import type { PriceList } from '@hangtag/shared/domain/prices.js';
import { type FunctionUsage, functionCost, heldSeconds, type Load, TARGET_UTILISATION } from './cost.js';
import type { Figure } from './figure.js';

export type DeclaredSize = Pick<Resources, 'memory' | 'cpu' | 'concurrency'>;

export interface MeasuredFunction extends Load {
  /** MiB that the instance needs with this number of cores. */
  readonly memoryOn: (cores: number) => number;
  /** More would be idle: JavaScript runs on one, and each decoder on another. */
  readonly usableCores: number;
}

export interface Measured {
  readonly ingest: MeasuredFunction;
  readonly classify: MeasuredFunction;
}

/** Peaks of the processes, in MiB. */
export interface Peaks {
  readonly functions: number;
  readonly classify: number;
  readonly worker: number;
}

const TIERS = [
  { memory: '256MiB', mib: 256, share: 0.167 },
  { memory: '512MiB', mib: 512, share: 0.333 },
  { memory: '1GiB', mib: 1024, share: 0.583 },
] as const satisfies readonly { memory: Resources['memory']; mib: number; share: number }[];

/** An instance that uses more of its memory than this has no room for a larger event. */
const USABLE = 0.9;
/** Pictures in all decoders together may need this much: docs/memory.md. */
const PICTURES_MIB = 400e6 / 2 ** 20;
/**
 * `infer.onnx_ms` on the reference machine, the one of `bench/baseline.json`: of its model (1.2.1), and of the model that ships (1.4.0), whose
 * network takes 1.35 times as long (one after the other, fastest of 300). A new baseline makes both the same.
 */
const REFERENCE_INFER_MS = { baseline: 1.859, shipped: 2.51 };
export const SIZED_FOR = { imagesPerMonth: 1_000_000, peakPerSecond: 1_000, instances: 100 };

/**
 * @param inferMs milliseconds of one inference with `onnx` on the machine of `loads`
 * @param model the model of `inferMs`
 */
export function measuredFunctions(
  loads: { ingest: Load; classify: Load },
  peaks: Peaks,
  inferMs: number,
  model: keyof typeof REFERENCE_INFER_MS = 'shipped',
): Measured {
  const factor = REFERENCE_INFER_MS[model] / inferMs;
  const onReference = ({ cpuSeconds, aloneSeconds }: Load): Load => ({
    cpuSeconds: cpuSeconds * factor,
    aloneSeconds: aloneSeconds * factor,
  });
  return {
    ingest: { ...onReference(loads.ingest), memoryOn: () => peaks.functions, usableCores: 1 },
    classify: {
      ...onReference(loads.classify),
      memoryOn: (cores) => peaks.classify + Math.max(1, Math.floor(cores)) * peaks.worker + PICTURES_MIB,
      usableCores: 2,
    },
  };
}

/** From the figures of `bench/baseline.json`. @throws {RangeError} one is missing */
export function measuredIn(figures: readonly Figure[]): Measured {
  const value = (name: string) => {
    const figure = figures.find((each) => each.name === name);
    if (figure === undefined) throw new RangeError(`Expected the figure ${name} but found none`);
    return figure.median;
  };
  const load = (name: string): Load => ({
    cpuSeconds: value(`function.${name}.cpu_ms`) / 1_000,
    aloneSeconds: value(`function.${name}.alone_ms`) / 1_000,
  });
  const peak = (part: keyof Peaks) => value(`pipeline_10000.rss_mb.${part}`);
  return measuredFunctions(
    { ingest: load('ingest'), classify: load('classify') },
    { functions: peak('functions'), classify: peak('classify'), worker: peak('worker') },
    value('infer.onnx_ms'),
    'baseline',
  );
}

/** @throws {RangeError} no size holds it */
export function cheapestSize(
  measured: MeasuredFunction,
  prices: PriceList,
  imagesPerMonth = SIZED_FOR.imagesPerMonth,
): DeclaredSize {
  const cost = (size: DeclaredSize) => functionCost(usageOf(measured, size), imagesPerMonth, prices);
  const [cheapest] = sizesThatHold(measured).sort((a, b) => cost(a) - cost(b));
  if (cheapest === undefined) throw new RangeError('Expected a size that holds the function but found none');
  return cheapest;
}

/** Instances that the autoscaler keeps at `rate` images a second. */
export function instancesFor(rate: number, usage: FunctionUsage): number {
  return Math.ceil((rate * heldSeconds(usage)) / TARGET_UTILISATION);
}

export function usageOf({ cpuSeconds, aloneSeconds }: Load, size: DeclaredSize): FunctionUsage {
  const { cpu, concurrency, memory } = size;
  const mib = TIERS.find((tier) => tier.memory === memory)?.mib ?? Number.NaN;
  return { cpuSeconds, aloneSeconds, cores: cpu, concurrency, gib: mib / 1024 };
}

function sizesThatHold(measured: MeasuredFunction): DeclaredSize[] {
  const fits = (mib: number, cores: number) => measured.memoryOn(cores) <= mib * USABLE;
  // As many requests as keep the cores busy while some of them wait for other services.
  const concurrency = (cores: number) => Math.ceil((cores * measured.aloneSeconds) / measured.cpuSeconds);
  const sizes = TIERS.flatMap(({ memory, mib, share }) => [
    ...(fits(mib, share) ? [{ memory, cpu: share, concurrency: 1 }] : []),
    ...[1, 2]
      .filter((cpu) => cpu <= measured.usableCores && fits(mib, cpu))
      .map((cpu) => ({ memory, cpu, concurrency: concurrency(cpu) })),
  ]);
  return sizes.filter(
    (size) => instancesFor(SIZED_FOR.peakPerSecond, usageOf(measured, size)) <= SIZED_FOR.instances,
  );
}

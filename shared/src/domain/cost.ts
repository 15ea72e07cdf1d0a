/** From a sweep's operations to money and time: estimates, at the prices of a list. */
import type { PriceList } from './prices.js';
import type { Operations } from './sweep-state.js';

/** Decoding 1800x2400 and one inference take about 0.02 s of a core; an instance is paid for while it fetches too. */
const CPU_SECONDS_PER_IMAGE = 0.06;
/** A worker has two cores and one GiB. */
const GIB_PER_CPU = 0.5;
/** Ten instances of two cores work on a backlog. */
const BACKFILL_CPUS = 20;

export interface Estimate {
  /** Images that go through the model: one a message. */
  readonly images: number;
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  readonly cpuSeconds: number;
  readonly usd: number;
  /** From the first image to the last, once they are queued. */
  readonly seconds: number;
}

/**
 * What a sweep's operations come to together with the labelling that its messages cause: each image is one call, which
 * reads its record, downloads it once and writes its labels.
 */
export function estimateOf(operations: Operations, { usd }: PriceList): Estimate {
  const { messages: images, lists, stats } = operations;
  const reads = operations.reads + images;
  const writes = operations.writes + images;
  const cpuSeconds = images * CPU_SECONDS_PER_IMAGE;
  const cost =
    reads * usd.read +
    writes * usd.write +
    images * (usd.message + usd.invocation) +
    lists * usd.list +
    (stats + images) * usd.download +
    cpuSeconds * (usd.cpuSecond + GIB_PER_CPU * usd.gibSecond);
  return {
    images,
    reads,
    writes,
    messages: images,
    cpuSeconds,
    usd: cost,
    seconds: cpuSeconds / BACKFILL_CPUS,
  };
}

/** One image from its upload to its label. */
export function usdPerImage(prices: PriceList): number {
  return estimateOf({ reads: 0, writes: 1, messages: 1, lists: 0, stats: 0 }, prices).usd;
}

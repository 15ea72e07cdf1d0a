/** Estimates the cost and the duration of a sweep from its operations and a price list. */
import type { PriceList } from './prices.js';
import type { Operations } from './sweep-state.js';

/** Decoding 1800x2400 and one inference take about 0.02 s of a core; the time of the download is billed as well. */
const CPU_SECONDS_PER_IMAGE = 0.06;
/** A worker has two cores and one GiB. */
const GIB_PER_CPU = 0.5;
/** The backfill lane has ten instances of two cores. */
const BACKFILL_CPUS = 20;

export interface Estimate {
  /** Images that are labelled: one for each message. */
  readonly images: number;
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  readonly cpuSeconds: number;
  readonly usd: number;
  /** From the first label to the last, after all images are queued. */
  readonly seconds: number;
}

/**
 * The operations of a sweep, and the labelling that its messages cause: for each image one invocation, which reads its record,
 * downloads it once and writes its labels.
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

/** The cost of one image from its upload to its label. */
export function usdPerImage(prices: PriceList): number {
  return estimateOf({ reads: 0, writes: 1, messages: 1, lists: 0, stats: 0 }, prices).usd;
}

/** Estimates what an image costs, and the cost and the duration of a sweep, from operations and a price list. */
import type { PriceList } from './prices.js';
import type { Operations } from './sweep-state.js';

/** Decoding 1800x2400 and one inference take about 0.02 s of a core; the time of the download is billed as well. */
const CPU_SECONDS_PER_IMAGE = 0.06;

/**
 * The sizes that the functions declare. `ingest` and `classify` serve one request at a time, and Cloud Run bills each request in
 * steps of 100 ms.
 */
export const INSTANCES = {
  ingest: { cores: 0.167, gib: 0.25 },
  classify: { cores: 0.583, gib: 1 },
  classifyBackfill: { cores: 2, gib: 1, most: 10 },
} as const;
const BILLED_STEP_SECONDS = 0.1;

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
  const { cores, gib, most } = INSTANCES.classifyBackfill;
  const reads = operations.reads + images;
  const writes = operations.writes + images;
  const cpuSeconds = images * CPU_SECONDS_PER_IMAGE;
  const cost =
    reads * usd.read +
    writes * usd.write +
    images * (usd.message + usd.invocation) +
    lists * usd.list +
    (stats + images) * usd.download +
    cpuSeconds * (usd.cpuSecond + (gib / cores) * usd.gibSecond);
  return {
    images,
    reads,
    writes,
    messages: images,
    cpuSeconds,
    usd: cost,
    seconds: cpuSeconds / (cores * most),
  };
}

/** US dollars by product. */
export interface ImageCost {
  readonly firestore: number;
  readonly functions: number;
  readonly messages: number;
  readonly storage: number;
}

/**
 * What images cost from their upload to their label: for each two writes of its record, the message of the upload and the one
 * between the functions, an invocation of both, an upload and a download.
 *
 * @param computeSeconds of processor time for decoding and inference of all of them: few images need more than one step
 */
export function costOfImages(images: number, { usd }: PriceList, computeSeconds = 0): ImageCost {
  const { ingest, classify } = INSTANCES;
  const step = images * BILLED_STEP_SECONDS;
  const second = ({ cores, gib }: typeof ingest | typeof classify) =>
    cores * usd.cpuSecond + gib * usd.gibSecond;
  return {
    firestore: images * 2 * usd.write,
    functions:
      images * 2 * usd.invocation +
      step * second(ingest) +
      Math.max(step, computeSeconds / classify.cores) * second(classify),
    messages: images * 2 * usd.message,
    storage: images * (usd.list + usd.download),
  };
}

/** US dollars of one image from its upload to its label. */
export function usdPerImage(prices: PriceList): number {
  const { firestore, functions, messages, storage } = costOfImages(1, prices);
  return firestore + functions + messages + storage;
}

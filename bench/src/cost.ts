/**
 * Cost of one image from its usage: arithmetic with list prices.
 *
 * Cloud Run bills an instance while it has a request, in steps of 100 ms. Two values are lower limits of that
 * time; the larger one is paid:
 *
 * - alone, with few images: one whole instance is paid while a request is in progress. If images arrive at
 *   random, that is `1 - exp(-rate * seconds)` of the time.
 * - busy, with many images: the processor time itself, on instances that the autoscaler keeps at 60 % of their
 *   cores.
 */
import type { PriceList } from '@hangtag/shared/domain/prices.js';

/** Of one function, for each image. */
export interface FunctionUsage {
  readonly cpuSeconds: number;
  /** From request to answer, without other requests. */
  readonly aloneSeconds: number;
  /** As declared for the function. */
  readonly cores: number;
  readonly gib: number;
}

export interface ImageUsage {
  readonly reads: number;
  readonly writes: number;
  readonly messages: number;
  /** Of one message. */
  readonly messageBytes: number;
  readonly downloads: number;
  readonly imageBytes: number;
  /** Of the document as it is written, without its index entries. */
  readonly documentBytes: number;
  readonly functions: readonly FunctionUsage[];
}

/** US dollars for each image. */
export interface ImageCost {
  readonly firestore: number;
  readonly functions: number;
  readonly messages: number;
  /** Upload and download. */
  readonly objects: number;
  /** Storage of image and record, for the time they are kept. */
  readonly kept: number;
}

/** Images arrive in half of the hours of a month. */
const ACTIVE_SECONDS_A_MONTH = (30 * 86_400) / 2;
const BILLED_STEP_SECONDS = 0.1;
/** https://cloud.google.com/run/docs/about-instance-autoscaling */
const TARGET_UTILISATION = 0.6;
/** Smaller messages are billed as this size: https://cloud.google.com/pubsub/pricing */
const SMALLEST_MESSAGE_BYTES = 1_000;
/** As in the default configuration. */
const KEPT_MONTHS = { image: 1, record: 3 };
const GIB = 2 ** 30;

export function costOf(usage: ImageUsage, imagesPerMonth: number, { usd }: PriceList): ImageCost {
  const rate = imagesPerMonth / ACTIVE_SECONDS_A_MONTH;
  const compute = usage.functions.map((each) => {
    const price = each.cores * usd.cpuSecond + each.gib * usd.gibSecond;
    return billedSeconds(each, rate) * price + usd.invocation;
  });
  const messageUnits = Math.max(1, usage.messageBytes / SMALLEST_MESSAGE_BYTES);
  const image = (usage.imageBytes / GIB) * usd.objectGibMonth * KEPT_MONTHS.image;
  const record = (usage.documentBytes / GIB) * usd.documentGibMonth * KEPT_MONTHS.record;
  return {
    firestore: usage.reads * usd.read + usage.writes * usd.write,
    functions: compute.reduce((sum, one) => sum + one, 0),
    messages: usage.messages * messageUnits * usd.message,
    objects: usd.list + usage.downloads * usd.download,
    kept: image + record,
  };
}

/** Seconds of an instance for each image, at `rate` images a second. */
export function billedSeconds({ cpuSeconds, aloneSeconds, cores }: FunctionUsage, rate: number): number {
  const step = Math.ceil(aloneSeconds / BILLED_STEP_SECONDS) * BILLED_STEP_SECONDS;
  const alone = -Math.expm1(-rate * step) / rate;
  const busy = cpuSeconds / (cores * TARGET_UTILISATION);
  return Math.max(alone, busy);
}

export function totalOf(cost: ImageCost): number {
  return cost.firestore + cost.functions + cost.messages + cost.objects + cost.kept;
}

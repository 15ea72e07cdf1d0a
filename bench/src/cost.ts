/**
 * From what one image took to money: pure arithmetic over the list prices.
 *
 * Cloud Run bills an instance for the time in which it has a request, in steps of 100 ms. Two things bound that time from below,
 * and at every volume the larger one is paid:
 *
 * - alone, where few images come: whenever anything is under way, one instance is paid for whole. With images that come at
 *   random, `1 - exp(-rate * seconds)` of the time something is.
 * - busy, where many come: the processor time itself, on instances that the autoscaler keeps at 60 % of their cores.
 */
import type { PriceList } from '@hangtag/shared/domain/prices.js';

/** Of one function, an image. */
export interface FunctionUsage {
  readonly cpuSeconds: number;
  /** From request to answer where nothing else goes on. */
  readonly aloneSeconds: number;
  /** As the function is declared. */
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
  /** Of the document as it is written. Its index entries are not counted. */
  readonly documentBytes: number;
  readonly functions: readonly FunctionUsage[];
}

/** US dollars an image. */
export interface ImageCost {
  readonly firestore: number;
  readonly functions: number;
  readonly messages: number;
  /** Upload and download. */
  readonly objects: number;
  /** Image and record, for as long as they are kept. */
  readonly kept: number;
}

/** Images come in half of the hours of a month. */
const ACTIVE_SECONDS_A_MONTH = (30 * 86_400) / 2;
const BILLED_STEP_SECONDS = 0.1;
/** https://cloud.google.com/run/docs/about-instance-autoscaling */
const TARGET_UTILISATION = 0.6;
/** Smaller ones are billed as this: https://cloud.google.com/pubsub/pricing */
const SMALLEST_MESSAGE_BYTES = 1_000;
/** As configured unless said otherwise. */
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

/** Instance seconds an image, at so many images a second. */
export function billedSeconds({ cpuSeconds, aloneSeconds, cores }: FunctionUsage, rate: number): number {
  const step = Math.ceil(aloneSeconds / BILLED_STEP_SECONDS) * BILLED_STEP_SECONDS;
  const alone = -Math.expm1(-rate * step) / rate;
  const busy = cpuSeconds / (cores * TARGET_UTILISATION);
  return Math.max(alone, busy);
}

export function totalOf(cost: ImageCost): number {
  return cost.firestore + cost.functions + cost.messages + cost.objects + cost.kept;
}

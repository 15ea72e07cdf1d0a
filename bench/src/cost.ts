/**
 * Cost of one image from its usage: arithmetic with list prices.
 *
 * Cloud Run bills an instance while it has a request, in steps of 100 ms:
 *
 * - an instance that serves one request at a time is billed the whole steps of each request;
 * - an instance that serves several is billed once for all that overlap. If few images arrive, at random, that is
 *   `1 - exp(-rate * step)` of the time. If many arrive, it is what they keep busy, on instances that the autoscaler
 *   keeps at 60 %. The larger of the two is paid.
 */
import type { PriceList } from '@hangtag/shared/domain/prices.js';

/** What a function does for one image, on a whole core. */
export interface Load {
  readonly cpuSeconds: number;
  /** From request to answer, without other requests. */
  readonly aloneSeconds: number;
}

/** Of an instance. */
export interface Size {
  readonly cores: number;
  readonly gib: number;
  /** Concurrent requests. */
  readonly concurrency: number;
}

export type FunctionUsage = Load & Size;

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
/** Of processors and of concurrency: https://cloud.google.com/run/docs/about-instance-autoscaling */
export const TARGET_UTILISATION = 0.6;
/** Smaller messages are billed as this size: https://cloud.google.com/pubsub/pricing */
const SMALLEST_MESSAGE_BYTES = 1_000;
/** The event of an upload reaches `ingest` as a message of Pub/Sub, of about the smallest size: Eventarc itself is free. */
const NOTIFICATIONS = 1;
/** As in the default configuration. */
const KEPT_MONTHS = { image: 1, record: 3 };
const GIB = 2 ** 30;

export function costOf(usage: ImageUsage, imagesPerMonth: number, { usd }: PriceList): ImageCost {
  const messageUnits = Math.max(1, usage.messageBytes / SMALLEST_MESSAGE_BYTES);
  const image = (usage.imageBytes / GIB) * usd.objectGibMonth * KEPT_MONTHS.image;
  const record = (usage.documentBytes / GIB) * usd.documentGibMonth * KEPT_MONTHS.record;
  return {
    firestore: usage.reads * usd.read + usage.writes * usd.write,
    functions: usage.functions.reduce(
      (sum, each) => sum + functionCost(each, imagesPerMonth, { usd }) + usd.invocation,
      0,
    ),
    messages: (usage.messages * messageUnits + NOTIFICATIONS) * usd.message,
    objects: usd.list + usage.downloads * usd.download,
    kept: image + record,
  };
}

/** US dollars for each image, without the invocation. */
export function functionCost(
  usage: FunctionUsage,
  imagesPerMonth: number,
  { usd }: Pick<PriceList, 'usd'>,
): number {
  const price = usage.cores * usd.cpuSecond + usage.gib * usd.gibSecond;
  return billedSeconds(usage, imagesPerMonth / ACTIVE_SECONDS_A_MONTH) * price;
}

/** Seconds of an instance for each image, at `rate` images a second. */
export function billedSeconds(usage: FunctionUsage, rate: number): number {
  const step = Math.ceil(durationOf(usage) / BILLED_STEP_SECONDS) * BILLED_STEP_SECONDS;
  if (usage.concurrency === 1) return step;
  return Math.max(-Math.expm1(-rate * step) / rate, heldSeconds(usage) / TARGET_UTILISATION);
}

/** Seconds of a full instance for each image. */
export function heldSeconds(usage: FunctionUsage): number {
  return Math.max(durationOf(usage) / usage.concurrency, usage.cpuSeconds / usage.cores);
}

/** Seconds from request to answer, alone: on less than a core, the processor time takes longer. */
function durationOf({ cpuSeconds, aloneSeconds, cores }: FunctionUsage): number {
  return aloneSeconds + cpuSeconds * (1 / Math.min(1, cores) - 1);
}

export function totalOf(cost: ImageCost): number {
  return cost.firestore + cost.functions + cost.messages + cost.objects + cost.kept;
}

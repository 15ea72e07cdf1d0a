/**
 * The unit prices of all estimates: list prices without free quotas or discounts. Update `asOf` with the prices.
 *
 * https://cloud.google.com/firestore/pricing (Standard edition), /pubsub/pricing, /storage/pricing, /run/pricing
 */
export interface PriceList {
  /** Year and month at which the prices were looked up. */
  readonly asOf: string;
  readonly region: string;
  /** US dollars per unit. */
  readonly usd: {
    /** Firestore: a document that is read, or a thousand index entries of an aggregation; and a document that is written. */
    readonly read: number;
    readonly write: number;
    /** Pub/Sub: a message that is published and delivered once; each is billed as at least 1,000 bytes. */
    readonly message: number;
    /** Cloud Storage: a listing or an upload (class A), and a download or look-up (class B). */
    readonly list: number;
    readonly download: number;
    readonly invocation: number;
    readonly cpuSecond: number;
    readonly gibSecond: number;
    /** Storage for a month: a GiB of objects, and a GiB of documents. */
    readonly objectGibMonth: number;
    readonly documentGibMonth: number;
  };
}

export const PRICES: PriceList = {
  asOf: '2026-11',
  region: 'us-central1',
  usd: {
    read: 0.03 / 100_000,
    write: 0.09 / 100_000,
    message: (2 * 1000 * 40) / 2 ** 40,
    list: 0.05 / 10_000,
    download: 0.0004 / 1000,
    invocation: 0.4 / 1_000_000,
    cpuSecond: 0.000024,
    gibSecond: 0.0000025,
    objectGibMonth: 0.02,
    documentGibMonth: 0.15,
  },
};

/** Firestore bills an aggregation as one read per thousand index entries it counted, and at least one. */
export function aggregationReads(entries: number): number {
  return Math.max(1, Math.ceil(entries / 1000));
}

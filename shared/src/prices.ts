/**
 * What a unit costs, for estimates: list prices without free quotas or discounts. Change them here, with the date.
 *
 * Firestore (Standard edition): https://cloud.google.com/firestore/pricing
 * Pub/Sub: https://cloud.google.com/pubsub/pricing, 40 USD a TiB and at least 1 KB a message, published and delivered
 * Cloud Storage operations: https://cloud.google.com/storage/pricing
 * Cloud Run functions: https://cloud.google.com/run/pricing
 */
import type { PriceList } from './domain/cost.js';

export const PRICES: PriceList = {
  asOf: '2025-06',
  region: 'us-central1',
  usd: {
    read: 0.03 / 100_000,
    write: 0.09 / 100_000,
    message: (2 * 1_000 * 40) / 1024 ** 4,
    list: 0.05 / 10_000,
    stat: 0.004 / 10_000,
    invocation: 0.4 / 1_000_000,
    cpuSecond: 0.000024,
  },
  labelling: {
    // Decoding 1800x2400 and one inference take about 0.02 s of one core; the rest is transfer, TLS and waiting.
    cpuSecondsPerImage: 0.06,
    cpus: 20,
  },
};

/** What a day costs, estimated from what was counted. */
import { PRICES } from '../prices.js';

export interface Usage {
  readonly images: number;
  /** Milliseconds of decoding and inference. */
  readonly computeMs: number;
  /** Firestore documents read for the report itself. */
  readonly reportReads: number;
}

export interface CostLine {
  readonly what: 'firestore' | 'functions' | 'messages' | 'storage';
  readonly usd: number;
}

export interface Cost {
  readonly lines: readonly CostLine[];
  readonly totalUsd: number;
}

/**
 * Each image is read, sent as a message and downloaded once; two calls write its record, queued and then labelled. At most: what
 * is labelled at its first delivery is not read.
 */
const WRITES_PER_IMAGE = 2;
const CALLS_PER_IMAGE = 2;
const USD = PRICES.usd;
/** The worker has two cores and one GiB. */
const GIB_PER_CPU = 0.5;

export function estimateCost({ images, computeMs, reportReads }: Usage): Cost {
  const cpuSeconds = computeMs / 1000;
  const lines: CostLine[] = [
    {
      what: 'firestore',
      usd: (images + reportReads) * USD.read + images * WRITES_PER_IMAGE * USD.write,
    },
    {
      what: 'functions',
      usd:
        images * CALLS_PER_IMAGE * USD.invocation +
        cpuSeconds * (USD.cpuSecond + GIB_PER_CPU * USD.gibSecond),
    },
    { what: 'messages', usd: images * USD.message },
    { what: 'storage', usd: images * USD.download },
  ];
  const rounded = lines.map(({ what, usd }) => ({ what, usd: micros(usd) }));
  return { lines: rounded, totalUsd: micros(rounded.reduce((sum, { usd }) => sum + usd, 0)) };
}

function micros(usd: number): number {
  return Number(usd.toFixed(6));
}

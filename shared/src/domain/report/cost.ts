/**
 * What a day costs, estimated from what was counted: list prices of us-central1, without free tiers and discounts.
 * https://cloud.google.com/firestore/pricing, /run/pricing, /pubsub/pricing and /storage/pricing, read in November 2026.
 */
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

const PER_IMAGE = { reads: 1, writes: 2, messages: 1, invocations: 2, downloads: 1 } as const;
const USD = {
  read: 0.03 / 100_000,
  write: 0.09 / 100_000,
  invocation: 0.4 / 1_000_000,
  cpuSecond: 0.000024,
  gibSecond: 0.0000025,
  /** A message counts as at least 1,000 bytes, both when it is published and when it is delivered. */
  message: (2 * 1000 * 40) / 2 ** 40,
  download: 0.0004 / 1000,
} as const;
/** The worker has two cores and one GiB. */
const GIB_PER_CPU = 0.5;

export function estimateCost({ images, computeMs, reportReads }: Usage): Cost {
  const cpuSeconds = computeMs / 1000;
  const lines: CostLine[] = [
    {
      what: 'firestore',
      usd: (images * PER_IMAGE.reads + reportReads) * USD.read + images * PER_IMAGE.writes * USD.write,
    },
    {
      what: 'functions',
      usd:
        images * PER_IMAGE.invocations * USD.invocation +
        cpuSeconds * (USD.cpuSecond + GIB_PER_CPU * USD.gibSecond),
    },
    { what: 'messages', usd: images * PER_IMAGE.messages * USD.message },
    { what: 'storage', usd: images * PER_IMAGE.downloads * USD.download },
  ];
  const rounded = lines.map(({ what, usd }) => ({ what, usd: micros(usd) }));
  return { lines: rounded, totalUsd: micros(rounded.reduce((sum, { usd }) => sum + usd, 0)) };
}

/** Firestore bills an aggregation as one read per thousand index entries it counted, and at least one. */
export function aggregationReads(entries: number): number {
  return Math.max(1, Math.ceil(entries / 1000));
}

function micros(usd: number): number {
  return Number(usd.toFixed(6));
}

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

const PER_IMAGE = { reads: 1, writes: 2, messages: 1, invocations: 2, downloads: 1 } as const;
const USD = PRICES.usd;
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

function micros(usd: number): number {
  return Number(usd.toFixed(6));
}

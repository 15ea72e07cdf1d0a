/** The cost of a day, estimated from its counts. */
import { PRICES } from '../prices.js';

export interface Usage {
  readonly images: number;
  /** Milliseconds of decoding and inference. */
  readonly computeMs: number;
  /** Firestore documents read for the report itself. */
  readonly reportReads: number;
  /** US dollars for opinions of a vision model. */
  readonly opinionsUsd?: number;
}

export interface CostLine {
  readonly what: 'firestore' | 'functions' | 'messages' | 'storage' | 'opinions';
  readonly usd: number;
}

export interface Cost {
  readonly lines: readonly CostLine[];
  readonly totalUsd: number;
}

/**
 * Each image is sent as a message and downloaded once, and two calls write its record: queued, then labelled. Its record is
 * read at most once, and not at all if its first delivery labels it.
 */
const WRITES_PER_IMAGE = 2;
const CALLS_PER_IMAGE = 2;
const USD = PRICES.usd;
/** An instance that labels has two cores and one GiB. */
const GIB_PER_CPU = 0.5;

export function estimateCost({ images, computeMs, reportReads, opinionsUsd = 0 }: Usage): Cost {
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
    ...(opinionsUsd > 0 ? [{ what: 'opinions', usd: opinionsUsd } as const] : []),
  ];
  const rounded = lines.map(({ what, usd }) => ({ what, usd: micros(usd) }));
  return { lines: rounded, totalUsd: micros(rounded.reduce((sum, { usd }) => sum + usd, 0)) };
}

function micros(usd: number): number {
  return Number(usd.toFixed(6));
}

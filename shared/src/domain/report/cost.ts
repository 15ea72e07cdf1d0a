/** The cost of a day, estimated from its counts. */
import { costOfImages } from '../cost.js';
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

export function estimateCost({ images, computeMs, reportReads, opinionsUsd = 0 }: Usage): Cost {
  const { firestore, functions, messages, storage } = costOfImages(images, PRICES, computeMs / 1000);
  const lines: CostLine[] = [
    { what: 'firestore', usd: firestore + reportReads * PRICES.usd.read },
    { what: 'functions', usd: functions },
    { what: 'messages', usd: messages },
    { what: 'storage', usd: storage },
    ...(opinionsUsd > 0 ? [{ what: 'opinions', usd: opinionsUsd } as const] : []),
  ];
  const rounded = lines.map(({ what, usd }) => ({ what, usd: micros(usd) }));
  return { lines: rounded, totalUsd: micros(rounded.reduce((sum, { usd }) => sum + usd, 0)) };
}

function micros(usd: number): number {
  return Number(usd.toFixed(6));
}

/**
 * Counts of durations in buckets that grow by 5 %. Percentiles are exact to 2.5 % for any number of durations, the size is at
 * most a few hundred numbers, and histograms can be added. As in DDSketch: https://arxiv.org/abs/1908.10693
 */
export interface DurationHistogram {
  /** `[bucket, count]`, ascending. Bucket b counts milliseconds in (GROWTH^(b-1), GROWTH^b]; bucket 0 counts all up to 1 ms. */
  readonly buckets: readonly (readonly [bucket: number, count: number])[];
  readonly maxMs: number;
}

export interface DurationSummary {
  readonly count: number;
  readonly p50Ms: number | null;
  readonly p90Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
}

const GROWTH = 1.05;
const LOG_GROWTH = Math.log(GROWTH);

export class DurationCounter {
  readonly #counts = new Map<number, number>();
  #maxMs = 0;

  add(ms: number): void {
    const bucket = Math.ceil(Math.log(Math.max(1, ms)) / LOG_GROWTH);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    this.#maxMs = Math.max(this.#maxMs, ms);
  }

  histogram(): DurationHistogram {
    return { buckets: [...this.#counts].sort(([a], [b]) => a - b), maxMs: this.#maxMs };
  }
}

export function summarize(histogram: DurationHistogram): DurationSummary {
  const count = histogram.buckets.reduce((sum, [, n]) => sum + n, 0);
  if (count === 0) return { count, p50Ms: null, p90Ms: null, p99Ms: null, maxMs: null };
  const at = (share: number) => percentile(histogram, Math.ceil(share * count));
  return { count, p50Ms: at(0.5), p90Ms: at(0.9), p99Ms: at(0.99), maxMs: rounded(histogram.maxMs) };
}

/** By nearest rank: the middle of the smallest bucket that at least `rank` durations do not exceed. */
function percentile({ buckets, maxMs }: DurationHistogram, rank: number): number {
  let seen = 0;
  for (const [bucket, count] of buckets) {
    seen += count;
    if (seen >= rank) return rounded(Math.min(middleOf(bucket), maxMs));
  }
  return rounded(maxMs);
}

/** The value with the same relative distance to both ends. */
function middleOf(bucket: number): number {
  return bucket === 0 ? 1 : (2 * GROWTH ** bucket) / (1 + GROWTH);
}

function rounded(ms: number): number {
  return Number(ms.toPrecision(3));
}

export interface Backoff {
  readonly initialMs: number;
  readonly maxMs: number;
}

/**
 * How long to wait before attempt `attempt` + 1: doubling, with full jitter but never under half, so that retries
 * spread out and still wait.
 * @param attempt 1 for the first that failed.
 * @param random in [0, 1).
 */
export function backoffMs({ initialMs, maxMs }: Backoff, attempt: number, random: number): number {
  const ceilingMs = Math.min(maxMs, initialMs * 2 ** (attempt - 1));
  return ceilingMs / 2 + (ceilingMs / 2) * random;
}

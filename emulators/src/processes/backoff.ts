import { setTimeout as timer } from 'node:timers/promises';

/** The bounds of an exponential backoff, in the caller's unit. */
export interface BackoffBounds {
  readonly min: number;
  readonly max: number;
}

/** The wait after `failures` failures in a row (1 or more): min, 2 x min, 4 x min, ... at most max. */
export function backoff(failures: number, bounds: BackoffBounds): number {
  const exponent = Math.max(0, failures - 1);
  return Math.min(bounds.max, bounds.min * 2 ** exponent);
}

/**
 * The same wait less up to a half, so that attempts that failed together are not repeated together.
 *
 * @param random in [0, 1)
 */
export function jittered(wait: number, random: number): number {
  return wait / 2 + (wait / 2) * random;
}

/** Waits, or returns early when the signal is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await timer(ms, undefined, { signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

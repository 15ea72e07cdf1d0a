/** The bounds of an exponential backoff, in whatever unit the caller counts in. */
export interface BackoffBounds {
  readonly min: number;
  readonly max: number;
}

/** The wait after the nth failure in a row (counted from 1): min, twice min, four times min, ... up to max. */
export function backoff(failures: number, bounds: BackoffBounds): number {
  const exponent = Math.max(0, failures - 1);
  return Math.min(bounds.max, bounds.min * 2 ** exponent);
}

/**
 * The same wait, less up to half of it: so that what failed together is not tried again together, and still waits.
 *
 * @param random in [0, 1)
 */
export function jittered(wait: number, random: number): number {
  return wait / 2 + (wait / 2) * random;
}

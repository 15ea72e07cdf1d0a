/**
 * Drift by the population stability index: the sum of (p - q) ln(p / q) over the shares p of today and q of before. Its usual
 * thresholds come from credit scoring: below 0.1 stable, from 0.25 a shift that a person should look at.
 */
export type DriftLevel = 'stable' | 'moderate' | 'major' | 'unknown';

const MODERATE = 0.1;
const MAJOR = 0.25;
/** With fewer images, shares are noise: ten bins of ten images. */
const LEAST_IMAGES = 100;
/** Used for a count of 0, whose share has no logarithm. */
const HALF_AN_IMAGE = 0.5;

export type Counts = ReadonlyMap<string, number>;

export interface Drift {
  /** Null if either side has too few images. */
  readonly psi: number | null;
  readonly level: DriftLevel;
}

export function drift(today: Counts, before: Counts): Drift {
  const [a, b] = [total(today), total(before)];
  if (Math.min(a, b) < LEAST_IMAGES) return { psi: null, level: 'unknown' };
  const psi = Number(stabilityIndex(today, before).toFixed(4));
  return { psi, level: psi >= MAJOR ? 'major' : psi >= MODERATE ? 'moderate' : 'stable' };
}

export function stabilityIndex(today: Counts, before: Counts): number {
  const bins = [...new Set([...today.keys(), ...before.keys()])];
  const [a, b] = [total(today), total(before)];
  return bins.reduce((sum, bin) => {
    const p = Math.max(today.get(bin) ?? 0, HALF_AN_IMAGE) / a;
    const q = Math.max(before.get(bin) ?? 0, HALF_AN_IMAGE) / b;
    return sum + (p - q) * Math.log(p / q);
  }, 0);
}

export function total(counts: Counts): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

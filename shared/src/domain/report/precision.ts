/**
 * Precision of the model by people's corrections. Only reviewed images count, and people review the doubtful ones first, so the
 * precision over all images is higher than this. It is exact if people review a sample of every tier.
 */

import { compareUtf8 } from '../utf8-order.js';

/** Reviewed images of one predicted category, by confidence in steps of a hundredth. */
export interface ReviewedCategory {
  readonly category: string;
  /** `[step, right, wrong]`, ascending; step 85 counts confidences from 0.85 to below 0.86. */
  readonly steps: readonly (readonly [step: number, right: number, wrong: number])[];
}

export interface CategoryPrecision {
  readonly category: string;
  readonly reviewed: number;
  readonly right: number;
  readonly precision: number;
  /** Lowest confidence from which the reviewed images have the target precision; null if none has, or too few were reviewed. */
  readonly suggestedThreshold: number | null;
}

const TARGET_PRECISION = 0.99;
/** With fewer reviewed images there is no suggestion. */
const LEAST_REVIEWED = 20;

export function stepOf(confidence: number): number {
  return Math.min(100, Math.floor(confidence * 100 + 1e-9));
}

export function precisionOf({ category, steps }: ReviewedCategory): CategoryPrecision {
  const right = steps.reduce((sum, [, n]) => sum + n, 0);
  const reviewed = steps.reduce((sum, [, r, w]) => sum + r + w, 0);
  const precision = reviewed === 0 ? 0 : Number((right / reviewed).toFixed(4));
  return { category, reviewed, right, precision, suggestedThreshold: suggestedThreshold(steps) };
}

/** From the highest step downwards: the last one at which right / reviewed reaches the target. */
function suggestedThreshold(steps: ReviewedCategory['steps']): number | null {
  let right = 0;
  let reviewed = 0;
  let lowest: number | null = null;
  for (const [step, r, w] of steps.toReversed()) {
    right += r;
    reviewed += r + w;
    if (reviewed >= LEAST_REVIEWED && right >= TARGET_PRECISION * reviewed) lowest = step / 100;
  }
  return lowest;
}

/** Adds the lists of several days. */
export function mergeReviewed(days: readonly (readonly ReviewedCategory[])[]): readonly ReviewedCategory[] {
  const tally = new ReviewTally();
  for (const { category, steps } of days.flat()) {
    for (const [step, right, wrong] of steps) tally.add(category, [step, right, wrong]);
  }
  return tally.categories();
}

export class ReviewTally {
  readonly #categories = new Map<string, Map<number, readonly [right: number, wrong: number]>>();

  add(category: string, [step, right, wrong]: readonly [step: number, right: number, wrong: number]): void {
    const steps = this.#categories.get(category) ?? new Map<number, readonly [number, number]>();
    const [r, w] = steps.get(step) ?? [0, 0];
    this.#categories.set(category, steps.set(step, [r + right, w + wrong]));
  }

  categories(): readonly ReviewedCategory[] {
    return [...this.#categories]
      .sort(([a], [b]) => compareUtf8(a, b))
      .map(([category, steps]) => ({
        category,
        steps: [...steps].sort(([a], [b]) => a - b).map(([step, [r, w]]) => [step, r, w] as const),
      }));
  }
}

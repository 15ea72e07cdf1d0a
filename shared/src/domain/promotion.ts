/** Whether a model on trial is better than the active one, by the images that people judged. */
import type { JudgedFigures } from './trial.js';

const PROMOTION_RULE = {
  /** Fewer judged images say nothing: after one, every interval has the width 0. */
  leastJudged: 20,
  /** The accuracy must be higher by more than this share. */
  betterBy: 0.01,
  /** A class with as many judged images ... */
  leastOfClass: 20,
  /** ... must not be worse by more than this share. */
  classWorseBy: 0.02,
} as const;

/** @returns what speaks against a promotion; nothing if the model is better */
export function faultsOfPromotion(judged: JudgedFigures | null): readonly string[] {
  const { leastJudged, betterBy } = PROMOTION_RULE;
  if (judged === null || judged.n < leastJudged)
    return [`Expected at least ${leastJudged} judged images of the trial but found ${judged?.n ?? 0}`];
  const faults = worseClasses(judged);
  if (!isAbove(judged.difference, betterBy))
    faults.unshift(
      `Expected an accuracy of more than ${points(betterBy)} above ${percent(judged.active.accuracy)} but found ${percent(judged.shadow.accuracy)}`,
    );
  const [low, high] = judged.interval;
  if (!isAbove(low, 0))
    faults.push(`Expected an interval of the difference above 0 but found ${points(low)} to ${points(high)}`);
  return faults;
}

function worseClasses({ classes }: JudgedFigures): string[] {
  const { leastOfClass, classWorseBy } = PROMOTION_RULE;
  return classes
    .filter(({ n, active, shadow }) => n >= leastOfClass && isAbove(active - shadow, classWorseBy))
    .map(
      ({ category, n, active, shadow }) =>
        `Expected ${category} to be worse by at most ${points(classWorseBy)} but found ${percent(shadow)} after ${percent(active)}, of ${n} images`,
    );
}

/** Shares are quotients: 0.91 - 0.9 is a little more than 0.01 in floating point. */
function isAbove(value: number, limit: number): boolean {
  return value - limit > 1e-9;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function points(share: number): string {
  return `${(100 * share).toFixed(1)} points`;
}

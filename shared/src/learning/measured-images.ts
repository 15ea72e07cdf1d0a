import type { Background, MeasuredImage } from '../domain/precision-guarantee.js';
import { isUnknown, rankLabels, type ScoreRule } from '../domain/scores.js';

export interface Measurement {
  readonly rule: ScoreRule;
  /** Index of the right label of each picture. */
  readonly truths: Int32Array;
  readonly backgrounds: readonly Background[];
}

/** What guarantees are computed from: the pictures that get a label, from the scores of cross-validation. */
export function measuredImages(
  scores: readonly Float32Array[],
  { rule, truths, backgrounds }: Measurement,
): readonly MeasuredImage[] {
  return scores.flatMap((each, index) => {
    const outputs = [...each];
    const [best] = rankLabels(outputs, rule);
    if (best === undefined || isUnknown(outputs, rule)) return [];
    const isRight = best.label === rule.labels[truths[index] ?? 0];
    return [{ background: backgrounds[index] ?? 'other', confidence: best.score, isRight }];
  });
}

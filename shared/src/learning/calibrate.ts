/** From the scores of cross-validation: the temperature, and the thresholds of "none of the labels". */

import { softmax } from '../domain/scores.js';
import { quantile } from '../quantile.js';
import { crossEntropyOf } from './cross-validate.js';

/** The share of the judged images that may be called "none of the labels". */
const REJECTED_SHARE = 0.01;
const [COLDEST, HOTTEST] = [0.25, 4];
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/** The temperature with the least cross entropy, by golden-section search over its logarithm. */
export function temperatureOf(scores: readonly Float32Array[], truths: Int32Array): number {
  const loss = (log: number) =>
    scores.reduce((sum, each, index) => sum + crossEntropyOf(each, truths[index] ?? 0, Math.exp(log)), 0);
  let [low, high] = [Math.log(COLDEST), Math.log(HOTTEST)];
  for (let step = 0; step < 24; step += 1) {
    const [left, right] = [high - GOLDEN * (high - low), low + GOLDEN * (high - low)];
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  return round(Math.exp((low + high) / 2));
}

/** The energy above which a picture shows none of the labels: one in a hundred of the judged images is above it. */
export function energyThreshold(scores: readonly Float32Array[]): number {
  return round(
    quantile(
      scores.map((each) => {
        const highest = Math.max(...each);
        return -highest - Math.log(each.reduce((sum, score) => sum + Math.exp(score - highest), 0));
      }),
      1 - REJECTED_SHARE,
    ),
  );
}

/** The share of the output "none of them" above which a picture shows none of the labels: never lower than it was. */
export function extraOutputThreshold(
  scores: readonly Float32Array[],
  { index, threshold }: { readonly index: number; readonly threshold: number },
): number {
  const outputs = scores.map((each) => softmax([...each], 1)[index] ?? 0);
  return round(Math.max(threshold, quantile(outputs, 1 - REJECTED_SHARE)));
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4;
}

/** How far an output may be off on another processor. */

/** Tolerance for float32. */
const FLOAT_TOLERANCE = 1e-3;
/**
 * Factors that change the last bits of the input, like another processor, which adds in another order. They change the outputs of
 * an 8-bit network by up to a tenth, when one value is rounded up instead of down and others follow.
 */
export const NUDGES = [-4, -3, -2, -1, 1, 2, 3, 4].map((parts) => 1 + parts * 1e-6);
/** Multiple of the largest change that was measured. */
const MARGIN = 3;

/** Outputs by picture. */
export type Outputs = readonly (readonly number[])[];

/** @param nudged the outputs for each of `NUDGES` */
export function toleranceOf(outputs: Outputs, nudged: readonly Outputs[]): number {
  let largest = 0;
  for (const pictures of nudged)
    for (const [picture, scores] of pictures.entries())
      for (const [at, score] of scores.entries())
        largest = Math.max(largest, Math.abs(score - (outputs[picture]?.[at] ?? score)));
  return Math.max(FLOAT_TOLERANCE, MARGIN * largest);
}

import type { WeightedColour } from './oklab.js';
import type { OklabGrid } from './oklab-grid.js';

const LIGHTNESS_STEP = 0.05;
const CHROMA_STEP = 0.03;

/** Cells of nearly the same colour, as one colour: a few dozen instead of thousands. The one with the largest weight comes first. */
export function groupSimilar(
  { lab }: OklabGrid,
  cells: readonly number[],
  weightOf: (cell: number) => number = () => 1,
): readonly WeightedColour[] {
  const sums = new Map<number, { l: number; a: number; b: number; weight: number }>();
  for (const cell of cells) {
    const [l, a, b] = [lab[cell * 3] ?? 0, lab[cell * 3 + 1] ?? 0, lab[cell * 3 + 2] ?? 0];
    const weight = weightOf(cell);
    const key =
      Math.round(l / LIGHTNESS_STEP) * 10_000 +
      Math.round(a / CHROMA_STEP) * 100 +
      Math.round(b / CHROMA_STEP);
    let sum = sums.get(key);
    if (sum === undefined) {
      sum = { l: 0, a: 0, b: 0, weight: 0 };
      sums.set(key, sum);
    }
    sum.l += l * weight;
    sum.a += a * weight;
    sum.b += b * weight;
    sum.weight += weight;
  }
  return [...sums.values()]
    .map(({ l, a, b, weight }) => ({ l: l / weight, a: a / weight, b: b / weight, weight }))
    .sort((one, other) => other.weight - one.weight);
}

/** How well the nearest vectors are those that are wanted. */
import { dot } from '@hangtag/shared/dot.js';
import type { Rows } from './principal-axes.js';

const NEAREST = 10;

/** For each vector the indices of the ten others with the largest dot product, the largest first. */
export function nearestOfEach({ inputs, values }: Rows): readonly (readonly number[])[] {
  const count = values.length / inputs;
  return Array.from({ length: count }, (_, own) => {
    const vector = values.subarray(own * inputs, (own + 1) * inputs);
    const best: { readonly index: number; readonly score: number }[] = [];
    for (let index = 0; index < count; index += 1) {
      if (index === own) continue;
      const score = dot(vector, values, index * inputs);
      if (best.length === NEAREST && score <= (best.at(-1)?.score ?? 0)) continue;
      const place = best.findIndex((each) => each.score < score);
      best.splice(place === -1 ? best.length : place, 0, { index, score });
      best.length = Math.min(best.length, NEAREST);
    }
    return best.map(({ index }) => index);
  });
}

/** The share of the wanted that were found. */
export function recall(
  found: readonly (readonly number[])[],
  wanted: readonly (readonly number[])[],
): number {
  const shares = found.map((indices, at) => {
    const set = new Set(wanted[at]);
    return indices.filter((index) => set.has(index)).length / Math.max(1, set.size);
  });
  return meanOf(shares);
}

/** Of those that have another with the same name: the share for which one of the first `k` has it. */
export function hits(found: readonly (readonly number[])[], names: readonly string[], k: number): number {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  const asked = [...found.entries()].filter(([at]) => (counts.get(names[at] ?? '') ?? 0) > 1);
  return meanOf(
    asked.map(([at, indices]) => Number(indices.slice(0, k).some((index) => names[index] === names[at]))),
  );
}

function meanOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}

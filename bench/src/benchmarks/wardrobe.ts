/** The first outfit of a large wardrobe: the whole answer of the engine, without a database. */
import { composeOutfits } from '@hangtag/wardrobe/engine/outfits.js';
import type { Benchmark } from '../benchmark.js';
import { SHIPPED_CATEGORIES, WardrobeMaker } from '../synthetic/wardrobes.js';

const ITEMS = [100, 10_000];
const WARDROBES = { full: 20, quick: 3 };

export const benchmark: Benchmark = async ({ scale }) =>
  ITEMS.map((count) => ({
    name: `wardrobe.first_outfit_of_${count}_ms`,
    unit: 'ms',
    values: Array.from({ length: WARDROBES[scale] }, (_, seed) => millisecondsOf(count, seed)),
  }));

function millisecondsOf(count: number, seed: number): number {
  const maker = new WardrobeMaker(seed);
  const request = { items: maker.items(count, SHIPPED_CATEGORIES), need: maker.need(), count: 1 };
  const fromMs = performance.now();
  composeOutfits({ ...request, refused: new Set() });
  return performance.now() - fromMs;
}

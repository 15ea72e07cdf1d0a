/** The search for similar images in memory, exact, among 100,000 vectors of the size that the shipped projection makes. */
import { VectorTable } from '@hangtag/shared/adapters/memory/vector-table.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';

const VECTORS = { full: 100_000, quick: 10_000 };
const SEARCHES = { full: 100, quick: 20 };
const NUMBERS = 320;
const WANTED = 11;

export const benchmark: Benchmark = async ({ scale }) => {
  const random = mulberry32(1);
  const table = new VectorTable<number>(NUMBERS);
  for (let key = 0; key < VECTORS[scale]; key += 1) table.put(key, vectorOf(random));
  const search = () => table.nearest(vectorOf(random), WANTED, () => true);
  for (let run = 0; run < 5; run += 1) search();
  const values = Array.from({ length: SEARCHES[scale] }, () => {
    const wanted = vectorOf(random);
    const startedAt = performance.now();
    table.nearest(wanted, WANTED, () => true);
    return performance.now() - startedAt;
  });
  const measurement: Measurement = { name: 'similar.nearest_ms', unit: 'ms', values };
  return [measurement];
};

/** Like a projected vector: the standard deviation falls with the axis, and the length is 1. */
function vectorOf(random: () => number): number[] {
  const values = Array.from({ length: NUMBERS }, (_, axis) => (random() - 0.5) / (1 + axis / 8));
  const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
  return values.map((value) => value / length);
}

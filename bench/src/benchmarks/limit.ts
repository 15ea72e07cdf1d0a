import { type Benchmark, repeat } from '../benchmark.js';
import { measureLimit } from '../measure/limit.js';

const IMAGES = { full: 1_000, quick: 100 };
const RUNS = { full: 3, quick: 1 };

/** Decoding and inference alone, on all cores. */
export const benchmark: Benchmark = async ({ scale, say }) => {
  const values = await repeat(RUNS[scale], () => measureLimit(IMAGES[scale], say));
  return [{ name: 'limit.images_per_s', unit: 'images/s', values }];
};

/** Decoding alone, to the size of the model's input: one picture at a time, as a worker does it. */
import { decodeImage } from '@hangtag/shared/imaging/decode.js';
import { DEFAULT_LIMITS } from '@hangtag/shared/imaging/limits.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { type Benchmark, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { MODEL_DIR } from '../measure/model.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';

/** A picture of a feed, of a shop, and of a phone. */
const SIZES = [{ width: 600, height: 800 }, SHOP_PHOTO, { width: 3_000, height: 4_000 }];
const ROUNDS = { full: 5, quick: 1 };
const RUNS = { full: 5, quick: 2 };

export const benchmark: Benchmark = async ({ scale, say }) => {
  const { input, preprocessing } = await readManifest(MODEL_DIR);
  const target = { ...input, ...preprocessing };
  const measurements: Measurement[] = [];
  for (const size of SIZES) {
    const images = await pictures(size, say);
    const decodeAll = async () => {
      for (const image of images) await decodeImage(image, target, DEFAULT_LIMITS);
    };
    await decodeAll();
    const values = await repeat(RUNS[scale], async () => {
      const startedAt = performance.now();
      await repeat(ROUNDS[scale], decodeAll);
      return (performance.now() - startedAt) / (ROUNDS[scale] * images.length);
    });
    measurements.push({ name: `decode.${size.width}x${size.height}_ms`, unit: 'ms', values });
  }
  return measurements;
};

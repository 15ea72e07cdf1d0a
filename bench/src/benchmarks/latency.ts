/**
 * Warm stack, one image at a time: from the first byte that the client sends to the label at a listener of its
 * record. One value for each round; the figure has the best, the median and the worst round.
 */
import { quantile } from '@hangtag/shared/quantile.js';
import { type Benchmark, repeat } from '../benchmark.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { withStage } from '../measure/stage.js';
import { trickle } from '../measure/trickle.js';

const IMAGES = { full: 150, quick: 20 };
const ROUNDS = { full: 3, quick: 1 };
const WARM_UP = { full: 30, quick: 10 };
/** Longer than one image takes: no image waits for another. */
const INTERVAL_MS = 200;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const [image = Buffer.alloc(0)] = await pictures(SHOP_PHOTO, say);
    const load = { image, intervalMs: INTERVAL_MS };
    await trickle(stage, { ...load, images: WARM_UP[scale], prefix: 'warm' });
    const rounds = await repeat(ROUNDS[scale], (round) =>
      trickle(stage, { ...load, images: IMAGES[scale], prefix: `round-${round}` }),
    );
    return [50, 95, 99].map((percent) => ({
      name: `latency.p${percent}_ms`,
      unit: 'ms',
      values: rounds.map((latenciesMs) => quantile(latenciesMs, percent / 100)),
    }));
  });

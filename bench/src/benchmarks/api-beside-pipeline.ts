/**
 * What requests of /predict cost the pipeline: the time from an upload to its label at a listener, first alone and then with 8
 * requests in flight. As in `npm start`, the API labels with the processes of `classify`.
 */
import { quantile } from '@hangtag/shared/quantile.js';
import type { Benchmark } from '../benchmark.js';
import { formOf } from '../measure/api-process.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { keepInFlight } from '../measure/predict-load.js';
import { withStage } from '../measure/stage.js';
import { trickle } from '../measure/trickle.js';

const IMAGES = { full: 150, quick: 10 };
const WARM_UP = { full: 30, quick: 5 };
/** Between two uploads: long enough that no image waits for another. */
const INTERVAL_MS = 500;
const IN_FLIGHT = 8;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const [image = Buffer.alloc(0)] = await pictures(SHOP_PHOTO, say);
    const load = { image, images: IMAGES[scale], intervalMs: INTERVAL_MS };
    await trickle(stage, { ...load, images: WARM_UP[scale], prefix: 'warm' });
    const alone = await trickle(stage, { ...load, prefix: 'alone' });
    const traffic = keepInFlight(apiOf(stage.stack.addresses), formOf(image), IN_FLIGHT);
    const beside = await trickle(stage, { ...load, prefix: 'beside' });
    const predictionsPerSecond = await traffic.stop();
    return [
      ...[50, 95].flatMap((percent) => {
        const name = `api_beside_pipeline.upload_to_listener_p${percent}`;
        return [
          { name: `${name}_alone_ms`, unit: 'ms', values: [quantile(alone, percent / 100)] },
          {
            name: `${name}_with_${IN_FLIGHT}_in_flight_ms`,
            unit: 'ms',
            values: [quantile(beside, percent / 100)],
            ratioTo: `${name}_alone_ms`,
          },
        ];
      }),
      { name: 'api_beside_pipeline.predict_per_s', unit: 'images/s', values: [predictionsPerSecond] },
    ];
  });

function apiOf(addresses: readonly (readonly [name: string, address: string])[]): string {
  const [, address] = addresses.find(([name]) => name === 'API') ?? [];
  if (address === undefined) throw new Error('Expected the address of the API but found none');
  return address.replace(/\/$/, '');
}

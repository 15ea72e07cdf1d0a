/**
 * The pipeline end to end, with uploads: first from the bucket to Firestore, as fast as possible, then with a
 * listener that receives every label. The limit is measured just before each run, while the stack is idle, so
 * that both use the machine in the same state.
 */
import { quantile } from '@hangtag/shared/quantile.js';
import type { Benchmark, Scale } from '../benchmark.js';
import { type Measurement, SHARE_REACHED } from '../figure.js';
import { uploadAndCount } from '../measure/count-labels.js';
import { driver, type Run } from '../measure/drive.js';
import { limitBefore } from '../measure/limit.js';
import { HAS_PROCESS_FIGURES, ResidentWatch } from '../measure/node-processes.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { peakMeasurements, processorTimes } from '../measure/stage-processes.js';

/** Number of images of each run to Firestore, and of each run to the listener. */
const SIZES: Readonly<Record<Scale, Record<'unheard' | 'heard', readonly number[]>>> = {
  full: { unheard: [1_000, 1_000, 1_000], heard: [100, 100, 100, 1_000] },
  quick: { unheard: [100], heard: [100] },
};
const WARM_UP = 40;
/** As `npm start` uploads. */
const IN_FLIGHT = 8;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const load = { inFlight: IN_FLIGHT, pictures: await pictures(SHOP_PHOTO, say) };
    const { unheard, heard } = SIZES[scale];
    await uploadAndCount(stage, { ...load, prefix: 'warm', images: WARM_UP });
    const measurements: Measurement[] = [];
    for (const [index, images] of unheard.entries()) {
      say(`${images} images to Firestore ...`);
      const limit = await limitOf(images, say);
      const { seconds } = await uploadAndCount(stage, { ...load, prefix: `unheard-${index}`, images });
      const rate = images / seconds;
      const stack = index === 0 ? 'fresh' : 'warm';
      measurements.push(limit, rateOf('pipeline', rate), {
        name: `pipeline.${stack}.of_limit`,
        unit: SHARE_REACHED,
        values: limit.values.map((most) => rate / most),
      });
    }
    const drive = await driver(stage);
    for (const [index, images] of heard.entries()) {
      say(`${images} images to a listener ...`);
      const limit = await limitOf(images, say);
      const run = () => drive({ ...load, prefix: `heard-${index}`, images });
      const { done, taken } = await observed(stage, images, run);
      measurements.push(limit, ...timesOf(`pipeline_${images}`, images, done), ...taken);
    }
    return [...measurements, ...(await peakMeasurements(stage, `pipeline_${heard.at(-1)}`))];
  });

async function limitOf(images: number, say: (line: string) => void): Promise<Measurement> {
  return {
    name: 'limit.images_per_s',
    unit: 'images/s',
    values: [await limitBefore(images, say)],
  };
}

/** The resources that a run of this number of images uses; other benchmarks use it too. */
export async function observed<T>(
  stage: Stage,
  images: number,
  run: () => Promise<T>,
): Promise<{ readonly done: T; readonly taken: readonly Measurement[] }> {
  const watch = new ResidentWatch();
  const before = await processorTimes(stage);
  const done = await run();
  const after = await processorTimes(stage);
  const nodeMib = await watch.stop();
  const name = `pipeline_${images}`;
  if (!HAS_PROCESS_FIGURES) return { done, taken: [] };
  const processorTime = [...after].map(([part, ms]) => ({
    name: `${name}.cpu_ms_per_image.${part}`,
    unit: 'ms',
    values: [(ms - (before.get(part) ?? 0)) / images],
  }));
  return { done, taken: [{ name: `${name}.node_rss_mb`, unit: 'MiB', values: [nodeMib] }, ...processorTime] };
}

function timesOf(name: string, images: number, { seconds, latenciesMs, unheard }: Run): Measurement[] {
  const quantiles = [50, 95, 99].map((percent) => ({
    name: `${name}.p${percent}_ms`,
    unit: 'ms',
    values: [quantile(latenciesMs, percent / 100)],
  }));
  return [
    rateOf(name, images / seconds),
    ...quantiles,
    { name: `${name}.unheard`, unit: 'unheard images', values: [unheard] },
  ];
}

export function rateOf(name: string, imagesPerSecond: number): Measurement {
  const ratioTo = 'limit.images_per_s';
  return { name: `${name}.images_per_s`, unit: 'images/s', values: [imagesPerSecond], ratioTo };
}

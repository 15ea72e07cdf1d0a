/**
 * The pipeline end to end, from the first upload to the listener's word of the last label, uploads included. The limit is
 * measured just before each run, while the stack has nothing to do, so that both met the same machine.
 */
import type { Benchmark, Scale } from '../benchmark.js';
import { type Measurement, quantile } from '../figure.js';
import { driver, type Run } from '../measure/drive.js';
import { measureLimit } from '../measure/limit.js';
import { PROCESSES_TELL, ResidentWatch } from '../measure/node-processes.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { peakMeasurements, processorTimes } from '../measure/stage-processes.js';

/** Images of each run. The last of them are what `pipeline.images_per_s` tells of. */
const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  full: [100, 100, 100, 1_000, 1_000, 1_000],
  quick: [100],
};
const WARM_UP = 40;
/** As `npm start` uploads. */
const IN_FLIGHT = 8;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const [drive, images] = [await driver(stage), await pictures(SHOP_PHOTO, say)];
    const load = { inFlight: IN_FLIGHT, pictures: images };
    await drive({ ...load, prefix: 'warm', images: WARM_UP });
    const measurements: Measurement[] = [];
    for (const [index, size] of SIZES[scale].entries()) {
      say(`${size} images through the pipeline ...`);
      const limit = await measureLimit(Math.min(size, 500), say);
      const run = () => drive({ ...load, prefix: `run-${index}`, images: size });
      measurements.push(
        { name: 'limit.images_per_s', unit: 'images/s', values: [limit] },
        ...(await measured(stage, size, run)),
      );
    }
    const largest = `pipeline_${SIZES[scale].at(-1)}`;
    return [...measurements, ...headline(measurements, largest), ...(await peakMeasurements(stage, largest))];
  });

/** What a run of so many images comes to; also of other loads than this file's. */
export async function measured(
  stage: Stage,
  images: number,
  run: () => Promise<Run>,
): Promise<Measurement[]> {
  const watch = new ResidentWatch();
  const before = await processorTimes(stage);
  const done = await run();
  const after = await processorTimes(stage);
  const nodeMib = await watch.stop();
  const name = `pipeline_${images}`;
  const processorTime = [...after].map(([part, ms]) => ({
    name: `${name}.cpu_ms_per_image.${part}`,
    unit: 'ms',
    values: [(ms - (before.get(part) ?? 0)) / images],
  }));
  return [
    ...timesOf(name, images, done),
    ...(PROCESSES_TELL
      ? [{ name: `${name}.node_rss_mb`, unit: 'MiB', values: [nodeMib] }, ...processorTime]
      : []),
  ];
}

function timesOf(name: string, images: number, { seconds, latenciesMs, unheard }: Run): Measurement[] {
  const rate = {
    name: `${name}.images_per_s`,
    unit: 'images/s',
    values: [images / seconds],
    ratioTo: 'limit.images_per_s',
  };
  const quantiles = [50, 95, 99].map((percent) => ({
    name: `${name}.p${percent}_ms`,
    unit: 'ms',
    values: [quantile(latenciesMs, percent / 100)],
  }));
  return [rate, ...quantiles, { name: `${name}.unheard`, unit: 'images', values: [unheard] }];
}

function headline(measurements: readonly Measurement[], run: string): Measurement[] {
  return measurements
    .filter(({ name }) => name === `${run}.images_per_s`)
    .map((measurement) => ({ ...measurement, name: 'pipeline.images_per_s' }));
}

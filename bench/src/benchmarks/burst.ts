/**
 * All images at the same time: uploads as fast as the bucket accepts them, until the last label is in
 * Firestore. The limit is measured just before each run, so that both use the machine in the same state.
 */
import { type Benchmark, repeat } from '../benchmark.js';
import { uploadAndCount } from '../measure/count-labels.js';
import { limitBefore } from '../measure/limit.js';
import { HAS_PROCESS_FIGURES, ResidentWatch } from '../measure/node-processes.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { withStage } from '../measure/stage.js';
import { peakMeasurements } from '../measure/stage-processes.js';

const IMAGES = { full: 1_000, quick: 100 };
const RUNS = { full: 3, quick: 1 };
const WARM_UP = 40;
const IN_FLIGHT = 100;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const images = IMAGES[scale];
    const load = { inFlight: IN_FLIGHT, pictures: await pictures(SHOP_PHOTO, say) };
    await uploadAndCount(stage, { ...load, images: WARM_UP, prefix: 'warm' });
    const runs = await repeat(RUNS[scale], async (run) => {
      say(`${images} uploads at once ...`);
      const limit = await limitBefore(images, say);
      const watch = new ResidentWatch();
      const counted = await uploadAndCount(stage, { ...load, images, prefix: `burst-${run}` });
      return { ...counted, timesOfLimit: (counted.seconds * limit) / images, nodeMib: await watch.stop() };
    });
    const name = `burst_${images}`;
    const memory = { name: `${name}.node_rss_mb`, unit: 'MiB', values: runs.map(({ nodeMib }) => nodeMib) };
    return [
      { name: `${name}.seconds`, unit: 's', values: runs.map(({ seconds }) => seconds) },
      { name: `${name}.times_of_limit`, unit: 'times', values: runs.map((run) => run.timesOfLimit) },
      { name: `${name}.labelled`, unit: 'images', values: runs.map(({ labelled }) => labelled) },
      ...(HAS_PROCESS_FIGURES ? [memory, ...(await peakMeasurements(stage, name))] : []),
    ];
  });

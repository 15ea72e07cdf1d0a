/** Everything at once: uploads as fast as the bucket takes them, until the last has its label. */
import type { Firestore } from '@google-cloud/firestore';
import { IMAGES as COLLECTION } from '@hangtag/shared/adapters/firestore/record-store.js';
import { type Benchmark, repeat } from '../benchmark.js';
import { driver } from '../measure/drive.js';
import { PROCESSES_TELL, ResidentWatch } from '../measure/node-processes.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { withStage } from '../measure/stage.js';
import { peakMeasurements } from '../measure/stage-processes.js';

const IMAGES = { full: 1_000, quick: 100 };
const RUNS = { full: 3, quick: 1 };
const WARM_UP = 40;
const IN_FLIGHT = 100;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const [drive, images] = [await driver(stage), await pictures(SHOP_PHOTO, say)];
    const load = { images: IMAGES[scale], inFlight: IN_FLIGHT, pictures: images };
    await drive({ ...load, images: WARM_UP, prefix: 'warm' });
    const runs = await repeat(RUNS[scale], async (run) => {
      say(`${load.images} uploads at once ...`);
      const watch = new ResidentWatch();
      const labelledBefore = await countLabelled(stage.firestore);
      const { seconds } = await drive({ ...load, prefix: `burst-${run}` });
      const labelled = (await countLabelled(stage.firestore)) - labelledBefore;
      return { seconds, labelled, nodeMib: await watch.stop() };
    });
    const name = `burst_${load.images}`;
    const memory = { name: `${name}.node_rss_mb`, unit: 'MiB', values: runs.map(({ nodeMib }) => nodeMib) };
    return [
      { name: `${name}.seconds`, unit: 's', values: runs.map(({ seconds }) => seconds) },
      { name: `${name}.labelled`, unit: 'images', values: runs.map(({ labelled }) => labelled) },
      ...(PROCESSES_TELL ? [memory, ...(await peakMeasurements(stage, name))] : []),
    ];
  });

/** What the records themselves say, whatever a listener heard. */
async function countLabelled(firestore: Firestore): Promise<number> {
  const labelled = firestore.collectionGroup(COLLECTION).where('status', 'in', ['done', 'review']);
  return (await labelled.count().get()).data().count;
}

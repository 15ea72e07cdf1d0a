/**
 * From exec to the first completed work, for each function in a new process. Events are not delivered between
 * the functions here, so that no other process does the work first. The emulators are warm.
 */
import { topologyOf } from '@hangtag/functions/platform/topology.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { type Benchmark, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { type FirstRequest, firstAnswer } from '../measure/cold-process.js';
import { messageRequest, storageRequest } from '../measure/function-requests.js';
import { HAS_PROCESS_FIGURES } from '../measure/node-processes.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { until } from '../measure/until.js';

const RUNS = { full: 9, quick: 2 };
const UNCARRIED = { messaging: { topics: topologyOf(parseConfig({})).topics, subscriptions: [] } };
const SCHEDULED: FirstRequest['headers'] = {
  'x-cloudscheduler': 'true',
  'x-cloudscheduler-scheduletime': new Date(0).toISOString(),
};

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const measurements: Measurement[] = [];
    for (const [name, prepare] of Object.entries(await functionsOf(stage, say))) {
      const answers = await repeat(RUNS[scale], async (run) =>
        firstAnswer(await prepare(`${name}/${run}.jpg`), stage.stack.env),
      );
      measurements.push({ name: `cold_start.${name}_ms`, unit: 'ms', values: answers.map(({ ms }) => ms) });
      if (HAS_PROCESS_FIGURES) {
        const values = answers.map(({ processorMs }) => processorMs);
        measurements.push({ name: `cold_start.${name}_processor_ms`, unit: 'ms', values });
      }
    }
    return measurements;
  }, UNCARRIED);

type Prepare = (name: string) => Promise<FirstRequest>;

async function functionsOf(
  stage: Stage,
  say: (line: string) => void,
): Promise<Readonly<Record<string, Prepare>>> {
  const { bucket } = stage;
  const [image = Buffer.alloc(0)] = await pictures(SHOP_PHOTO, say);
  const message = async (target: string, name: string) => {
    await stage.uploader.put(name, image);
    const generation = await until(async () => (await stage.record(name).get()).get('generation'));
    return messageRequest(target, imageMessageOf({ bucket, name, generation }));
  };
  return {
    // To the label in Firestore.
    first_label: (name) => message('classify', name),
    // To record and message of an upload.
    ingest: async (name) => storageRequest('ingest', { bucket, name, size: image.length }),
    dead_letter: (name) => message('deadLetter', name),
    // A sweep of the few objects of the other measurements.
    sweep: async () => ({ target: 'sweep', headers: SCHEDULED, body: '' }),
    report: async () => ({ target: 'report', headers: SCHEDULED, body: '' }),
    heartbeat: async () => ({ target: 'heartbeat', headers: SCHEDULED, body: '' }),
  };
}

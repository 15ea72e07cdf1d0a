/**
 * What a backlog does to live uploads: upload to label of single images, first with nothing else to do, then while a backlog
 * is being worked off. The length of the backlog does not matter, since it waits in a topic of its own; it only has to
 * outlast the measurement.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Firestore } from '@google-cloud/firestore';
import { Storage } from '@google-cloud/storage';
import { PROJECT } from '@hangtag/emulators/start/stack-plan.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import pMap from 'p-map';
import type { Benchmark } from '../benchmark.js';
import { type Measurement, quantile } from '../figure.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { trickle } from '../measure/trickle.js';

const BACKLOG = { full: 2_500, quick: 200 };
const LIVE_UPLOADS = { full: 60, quick: 6 };
/** Between two live uploads: rare enough that they never wait for each other. */
const INTERVAL_MS = 500;
const UPLOADS_IN_FLIGHT = 8;

export const benchmark: Benchmark = ({ scale, say }) =>
  withStage(async (stage) => {
    const [image = Buffer.alloc(0)] = await pictures(SHOP_PHOTO, say);
    const load = { image, images: LIVE_UPLOADS[scale], intervalMs: INTERVAL_MS };
    await trickle(stage, { ...load, prefix: 'warm' });
    const idle = await trickle(stage, { ...load, prefix: 'idle' });
    say(`Uploading a backlog of ${BACKLOG[scale]} images ...`);
    await queueBacklog(stage, image, BACKLOG[scale]);
    const busy = await trickle(stage, { ...load, prefix: 'busy' });
    if ((await countQueued(stage.firestore)) === 0)
      throw new Error(`Expected a backlog of ${BACKLOG[scale]} to outlast the measurement`);
    return measurementsOf(idle, busy);
  });

function measurementsOf(idle: readonly number[], busy: readonly number[]): Measurement[] {
  const p95 = (name: string, values: readonly number[]) => ({
    name: `fairness.${name}_p95_ms`,
    unit: 'ms',
    values: [quantile(values, 0.95)],
  });
  return [
    { name: 'fairness.idle_ms', unit: 'ms', values: idle },
    { name: 'fairness.busy_ms', unit: 'ms', values: busy, ratioTo: 'fairness.idle_ms' },
    p95('idle', idle),
    { ...p95('busy', busy), ratioTo: 'fairness.idle_p95_ms' },
  ];
}

/** What is measured is a backlog in the queue, as a sweep leaves it, and not the burst of uploads that made it here. */
async function queueBacklog({ stack, firestore }: Stage, image: Buffer, images: number): Promise<void> {
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: stack.env['STORAGE_EMULATOR_HOST'] ?? '' });
  const bucket = storage.bucket(stack.bucket);
  const options = { resumable: false, metadata: { metadata: { priority: 'backfill' } } };
  const recorded = async () => (await firestore.collectionGroup(IMAGES).count().get()).data().count;
  const before = await recorded();
  const names = Array.from({ length: images }, (_, index) => `backlog/${index}.jpg`);
  const put = (name: string) => bucket.file(name).save(image, options);
  await pMap(names, put, { concurrency: UPLOADS_IN_FLIGHT });
  while ((await recorded()) < before + images) await pause(INTERVAL_MS);
}

async function countQueued(firestore: Firestore): Promise<number> {
  const queued = firestore.collectionGroup(IMAGES).where('status', '==', 'queued');
  return (await queued.count().get()).data().count;
}

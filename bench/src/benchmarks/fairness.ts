/**
 * The effect of a backlog on live uploads: time from upload to label of single images, first on an idle stack,
 * then during the work on a backlog. The backlog is held back until all of it is queued. All its images have
 * records and messages; those that can be reached before the measurement ends also have an object. The
 * measurement fails if an object was missing.
 */

import { EventEmitter, once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { PubSub } from '@google-cloud/pubsub';
import { Storage } from '@google-cloud/storage';
import { PROJECT } from '@hangtag/emulators/start/stack-plan.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { Status } from '@hangtag/shared/domain/record.js';
import { quantile } from '@hangtag/shared/quantile.js';
import pMap from 'p-map';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { trickle } from '../measure/trickle.js';
import { queueRecords } from '../synthetic/backlog.js';

const BACKLOG = { full: 100_000, quick: 200 };
const LIVE_UPLOADS = { full: 60, quick: 6 };
/** Between two live uploads: long enough that no image waits for another. */
const INTERVAL_MS = 500;
const UPLOADS_IN_FLIGHT = 8;
/** Images of the backlog that are uploaded: more than can be labelled before the measurement ends. */
const MOST_UPLOADS = 4_000;
/** The content of a backlog's pictures does not matter here. */
const THUMBNAIL = { width: 180, height: 240 };
const BACKFILL_TOPIC = 'image-backfill';
const BACKFILL_SUBSCRIPTION = 'classify-backfill';

export const benchmark: Benchmark = ({ scale, say }) => {
  const backlog = new EventEmitter();
  const measure = async (stage: Stage) => {
    const [image = Buffer.alloc(0)] = await pictures(SHOP_PHOTO, say);
    const load = { image, images: LIVE_UPLOADS[scale], intervalMs: INTERVAL_MS };
    await trickle(stage, { ...load, prefix: 'warm' });
    const idle = await trickle(stage, { ...load, prefix: 'idle' });
    say(`Queueing a backlog of ${BACKLOG[scale]} images ...`);
    const [thumbnail = image] = await pictures(THUMBNAIL, say);
    await queueBacklog(stage, thumbnail, BACKLOG[scale]);
    const before = await count(stage, 'queued');
    backlog.emit('released');
    const busy = await trickle(stage, { ...load, prefix: 'busy' });
    const after = await count(stage, 'queued');
    if (after === 0 || (await count(stage, 'deleted')) > 0)
      throw new Error(`Expected the pictures of a backlog of ${BACKLOG[scale]} to outlast the measurement`);
    const queued = { name: 'fairness.backlog', unit: 'waiting images', values: [before, after] };
    return [...measurementsOf(idle, busy), queued];
  };
  return withStage(measure, { heldUntil: { [BACKFILL_SUBSCRIPTION]: once(backlog, 'released') } });
};

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

/**
 * The measurement is about a backlog in the queue, as a sweep leaves it, not about the uploads that created it.
 */
async function queueBacklog(stage: Stage, image: Buffer, images: number): Promise<void> {
  const { env } = stage.stack;
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: env['STORAGE_EMULATOR_HOST'] ?? '' });
  const bucket = storage.bucket(stage.bucket);
  const options = { resumable: false, metadata: { metadata: { priority: 'backfill' } } };
  const before = await count(stage);
  const names = Array.from({ length: images }, (_, index) => `backlog/${index}.jpg`);
  const uploads = names.slice(0, MOST_UPLOADS);
  await pMap(uploads, (name) => bucket.file(name).save(image, options), { concurrency: UPLOADS_IN_FLIGHT });
  while ((await count(stage)) < before + uploads.length) await pause(INTERVAL_MS);
  const host = env['PUBSUB_EMULATOR_HOST'] ?? '';
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: host, emulatorMode: true });
  const queue = { bucket: stage.bucket, topic: BACKFILL_TOPIC, firestore: stage.firestore, pubsub };
  await queueRecords(queue, names.slice(MOST_UPLOADS));
  await pubsub.close();
}

async function count({ firestore }: Stage, status?: Status): Promise<number> {
  const records = firestore.collectionGroup(IMAGES);
  const found = status === undefined ? records : records.where('status', '==', status);
  return (await found.count().get()).data().count;
}

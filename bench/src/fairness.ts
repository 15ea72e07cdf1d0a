/**
 * What a backlog does to live uploads: upload to label of single images in the local stack, first with nothing else to
 * do, then while a backlog is being worked off. All of the backlog has records and messages; what of it can be reached
 * before the measurement ends has its pictures too, and the measurement is refused where one was not there.
 *
 *     node bench/dist/fairness.js [BACKLOG]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { DocumentReference, Firestore } from '@google-cloud/firestore';
import { PubSub } from '@google-cloud/pubsub';
import { type Bucket, Storage } from '@google-cloud/storage';
import { drawProduct } from '@hangtag/emulators/drawings/draw-product.js';
import { ownerClient } from '@hangtag/emulators/google/firestore-client.js';
import type { Stack } from '@hangtag/emulators/start/stack.js';
import { startStack } from '@hangtag/emulators/start/start-stack.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT, imageIdOf } from '@hangtag/shared/domain/identity.js';
import type { Status } from '@hangtag/shared/domain/record.js';
import pMap from 'p-map';
import sharp from 'sharp';
import { queueRecords } from './backlog.js';
import { type Figure, figureOf } from './figure.js';

const PROJECT = 'demo-hangtag';
const BACKFILL_TOPIC = 'image-backfill';
const LIVE_UPLOADS = 60;
/** Of the backlog, uploaded like any image: more than are worked off before the measurement ends. */
const MOST_UPLOADS = 5_000;
/** Between two live uploads: rare enough that they never wait for each other. */
const INTERVAL_MS = 500;
const GIVE_UP_MS = 60_000;
const LIVE_SIZE = { width: 1800, height: 2400 };
const BACKLOG_SIZE = { width: 180, height: 240 };

export async function benchFairness(backlog = 100_000): Promise<Figure[]> {
  const dataDir = await mkdtemp(join(tmpdir(), 'hangtag-fairness-'));
  const request = {
    bucket: 'fairness',
    dataDir,
    portBase: 28_700,
    modelDir: 'models/fashion-mobilenetv2',
    say: () => undefined,
  };
  const stack = await startStack({ embedded: false }, request);
  try {
    return await measure(stack, backlog);
  } finally {
    await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measure(stack: Stack, backlog: number): Promise<Figure[]> {
  const { env } = stack;
  const storage = new Storage({ projectId: PROJECT, apiEndpoint: env['STORAGE_EMULATOR_HOST'] ?? '' });
  const firestore = ownerClient({ projectId: PROJECT, host: env['FIRESTORE_EMULATOR_HOST'] ?? '' });
  const bucket = storage.bucket(stack.bucket);
  const image = await picture(LIVE_SIZE);
  const scene = {
    upload: (name: string) => put(bucket, { name, image, priority: 'live' }),
    record: (name: string) =>
      firestore.doc(`tenants/${DEFAULT_TENANT}/${IMAGES}/${imageIdOf(stack.bucket, name)}`),
  };
  await live('warm', scene);
  const idle = await live('idle', scene);
  await queueBacklog({ bucket, firestore, pubsubHost: env['PUBSUB_EMULATOR_HOST'] ?? '' }, backlog);
  const before = await countOf(firestore, 'queued');
  const busy = await live('busy', scene);
  const left = await countOf(firestore, 'queued');
  const unpictured = await countOf(firestore, 'deleted');
  await firestore.terminate();
  if (left === 0 || unpictured > 0)
    throw new Error(`Expected the pictures of a backlog of ${backlog} to outlast the measurement`);
  return [
    ...figuresOf(idle, busy),
    figureOf('backlog when the measurement began', 'images', [before]),
    figureOf('backlog left at the end of the measurement', 'images', [left]),
  ];
}

function figuresOf(idle: readonly number[], busy: readonly number[]): Figure[] {
  const [idleP95, busyP95] = [percentile95(idle), percentile95(busy)];
  return [
    figureOf('live upload to label, nothing else to do', 'ms', idle),
    figureOf('live upload to label, nothing else to do, p95', 'ms', [idleP95]),
    figureOf('live upload to label, behind a backlog', 'ms', busy),
    figureOf('live upload to label, behind a backlog, p95', 'ms', [busyP95]),
    figureOf('live upload to label, p95, backlog to idle', 'times', [Number((busyP95 / idleP95).toFixed(2))]),
  ];
}

interface Scene {
  upload(name: string): Promise<unknown>;
  record(name: string): DocumentReference;
}

/** @returns milliseconds from the start of each upload to its label at a listener */
async function live(round: string, { upload, record }: Scene): Promise<number[]> {
  const waits: Promise<number>[] = [];
  for (let index = 0; index < LIVE_UPLOADS; index += 1) {
    const name = `${round}/${index}.jpg`;
    const startedAt = performance.now();
    waits.push(labelled(record(name)).then(() => Math.round(performance.now() - startedAt)));
    await upload(name);
    await pause(INTERVAL_MS);
  }
  return Promise.all(waits);
}

/** A listener for each image: the emulator sends one of many images all of them again at every change. */
function labelled(record: DocumentReference): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Expected a label at ${record.path}`)), GIVE_UP_MS);
    const stop = record.onSnapshot((snapshot) => {
      const status: unknown = snapshot.get('status');
      if (status === undefined || status === 'queued') return;
      clearTimeout(timer);
      stop();
      resolve();
    }, reject);
  });
}

interface BacklogPlace {
  readonly bucket: Bucket;
  readonly firestore: Firestore;
  readonly pubsubHost: string;
}

/** What is measured is a backlog in the queue, as a sweep leaves it, and not the burst of uploads that began it here. */
async function queueBacklog({ bucket, firestore, pubsubHost }: BacklogPlace, images: number): Promise<void> {
  const names = Array.from({ length: images }, (_, index) => `backlog/${index}.jpg`);
  const image = await picture(BACKLOG_SIZE);
  const uploads = names.slice(0, MOST_UPLOADS);
  const upload = (name: string) => put(bucket, { name, image, priority: 'backfill' });
  await pMap(uploads, upload, { concurrency: 8 });
  await untilRecorded(firestore, uploads.length + 2 * LIVE_UPLOADS);
  const pubsub = new PubSub({ projectId: PROJECT, apiEndpoint: pubsubHost, emulatorMode: true });
  const queue = { bucket: bucket.name, topic: BACKFILL_TOPIC, firestore, pubsub };
  await queueRecords(queue, names.slice(MOST_UPLOADS));
  await pubsub.close();
}

async function untilRecorded(firestore: Firestore, count: number): Promise<void> {
  const recorded = async () => (await firestore.collectionGroup(IMAGES).count().get()).data().count;
  while ((await recorded()) < count) await pause(INTERVAL_MS);
}

async function countOf(firestore: Firestore, status: Status): Promise<number> {
  const found = firestore.collectionGroup(IMAGES).where('status', '==', status);
  return (await found.count().get()).data().count;
}

async function picture(size: { readonly width: number; readonly height: number }): Promise<Buffer> {
  const drawing = drawProduct({ category: 'Shirts', seed: 'fairness', ...size });
  return sharp(Buffer.from(drawing)).jpeg().toBuffer();
}

function put(bucket: Bucket, { name, image, priority }: { name: string; image: Buffer; priority: string }) {
  const metadata = { contentType: 'image/jpeg', metadata: { priority } };
  return bucket.file(name).save(image, { resumable: false, metadata });
}

function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? Number.NaN;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  console.table(await benchFairness(Number(process.argv[2] ?? 100_000)));
}

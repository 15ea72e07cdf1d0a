/**
 * What one image costs the functions: the operations of Google's services, counted on the wire between the functions and the
 * emulators, processor time, the duration of a request alone, and memory. Reads of listeners are counted separately, because
 * clients cause them.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { IMAGES as COLLECTION } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { quantile } from '@hangtag/shared/quantile.js';
import type { Context } from '../benchmark.js';
import type { ImageUsage, Load } from '../cost.js';
import type { Peaks } from '../sizing.js';
import { driver } from './drive.js';
import { type GrpcMeter, startGrpcMeter } from './grpc-meter.js';
import { pictures, SHOP_PHOTO } from './pictures.js';
import { type Stage, withStage } from './stage.js';
import { type Part, peaksOf, processorTimes } from './stage-processes.js';
import { count, countAtBucket, noTraffic, type Traffic } from './traffic.js';
import { trickle } from './trickle.js';
import { until } from './until.js';

const IMAGES = { full: 500, quick: 60 };
const WARM_UP = 40;
const IN_FLIGHT = 8;
const ALONE = { images: { full: 20, quick: 5 }, intervalMs: 400 };

export interface MeasuredImage {
  /** Of one image. */
  readonly traffic: Traffic;
  /** Documents that a listener received for one image. */
  readonly listened: number;
  readonly usage: Omit<ImageUsage, 'functions'>;
  readonly loads: { readonly ingest: Load; readonly classify: Load };
  readonly peaks: Peaks;
}

export async function measureImage({ scale, say }: Context): Promise<MeasuredImage> {
  const meters: GrpcMeter[] = [];
  const traffic = noTraffic();
  const metered = async (host: string | undefined) => {
    const meter = await startGrpcMeter(host ?? '', (call) => count(traffic, call));
    meters.push(meter);
    return meter.host;
  };
  const hooks = {
    bucket: {
      beforeRequest: async (request: Parameters<typeof countAtBucket>[1]) => {
        countAtBucket(traffic, request);
        return false;
      },
    },
    adaptEnvironment: async (env: Readonly<Record<string, string>>) => ({
      ...env,
      FIRESTORE_EMULATOR_HOST: await metered(env['FIRESTORE_EMULATOR_HOST']),
      PUBSUB_EMULATOR_HOST: await metered(env['PUBSUB_EMULATOR_HOST']),
    }),
  };
  try {
    return await withStage(async (stage) => {
      const drawn = await pictures(SHOP_PHOTO, say);
      return measure({ stage, traffic, drawn, images: IMAGES[scale], alone: ALONE.images[scale] });
    }, hooks);
  } finally {
    for (const meter of meters) meter.close();
  }
}

interface Scene {
  readonly stage: Stage;
  readonly traffic: Traffic;
  readonly drawn: readonly Buffer[];
  readonly images: number;
  /** Images sent one at a time, to measure the duration of a request alone. */
  readonly alone: number;
}

async function measure({ stage, traffic, drawn, images, alone }: Scene): Promise<MeasuredImage> {
  const drive = await driver(stage);
  const load = { inFlight: IN_FLIGHT, pictures: drawn };
  await drive({ ...load, prefix: 'warm', images: WARM_UP });
  const [image = Buffer.alloc(0)] = drawn;
  await trickle(stage, { images: alone, intervalMs: ALONE.intervalMs, prefix: 'alone', image });
  const [ingest, classify] = [await aloneSeconds(stage, 'functions'), await aloneSeconds(stage, 'classify')];
  const listener = listen(stage.firestore);
  Object.assign(traffic, noTraffic());
  const before = await processorTimes(stage);
  await drive({ ...load, prefix: 'load', images });
  const after = await processorTimes(stage);
  const each = perImage(traffic, images);
  const cpu = (...parts: readonly Part[]) =>
    parts.reduce((sum, part) => sum + (after.get(part) ?? 0) - (before.get(part) ?? 0), 0) / images / 1_000;
  const peaks = await peaksOf(stage);
  const peak = (part: Part) => peaks.get(part) ?? Number.NaN;
  return {
    traffic: each,
    listened: (await listener.documentsOf(images)) / images,
    usage: {
      ...each,
      messageBytes: each.messageBytes / each.messages,
      imageBytes: drawn.reduce((sum, { length }) => sum + length, 0) / drawn.length,
      documentBytes: each.writtenBytes,
    },
    loads: {
      ingest: { cpuSeconds: cpu('functions'), aloneSeconds: ingest },
      classify: { cpuSeconds: cpu('classify', 'worker'), aloneSeconds: classify },
    },
    peaks: { functions: peak('functions'), classify: peak('classify'), worker: peak('worker') },
  };
}

interface Listener {
  /**
   * Waits for this number of images, then stops. @returns the number of documents that the listener received
   */
  documentsOf(images: number): Promise<number>;
}

/** A client that shows all labels, as in the README. */
function listen(firestore: Firestore): Listener {
  let documents = 0;
  const names = new Set<unknown>();
  const stop = firestore
    .collection(`tenants/${DEFAULT_TENANT}/${COLLECTION}`)
    .where('status', 'in', ['done', 'review'])
    .where('name', '>=', 'load/')
    .where('name', '<', 'load0')
    .onSnapshot((snapshot) => {
      for (const { type, doc } of snapshot.docChanges()) {
        if (type !== 'removed') documents += 1;
        names.add(doc.get('name'));
      }
    });
  return {
    async documentsOf(images) {
      await until(async () => (names.size >= images ? true : undefined));
      stop();
      return documents;
    },
  };
}

/** Median duration of requests that ran alone, from the function's log. */
async function aloneSeconds({ logDir }: Stage, log: string): Promise<number> {
  const lines = (await readFile(join(logDir, `${log}.log`), 'utf8')).split('\n').filter(Boolean);
  const times = lines
    .map((line): { name?: string; ms?: number } => JSON.parse(line))
    .flatMap(({ name, ms }) => (name?.startsWith('alone/') && ms !== undefined ? ms : []));
  return quantile(times, 0.5) / 1_000;
}

function perImage(traffic: Traffic, images: number): Traffic {
  const { reads, writes, writtenBytes, messages, messageBytes, downloads, others } = traffic;
  return {
    reads: reads / images,
    writes: writes / images,
    writtenBytes: writtenBytes / images,
    messages: messages / images,
    messageBytes: messageBytes / images,
    downloads: downloads / images,
    others: others / images,
  };
}

/**
 * The operations of Google's services for one image, counted on the wire between the functions and the
 * emulators; its processor time; and the cost of both at list prices. Reads of listeners are counted
 * separately, because clients cause them.
 */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Firestore } from '@google-cloud/firestore';
import { IMAGES as COLLECTION } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { quantile } from '@hangtag/shared/quantile.js';
import type { Benchmark } from '../benchmark.js';
import { costOf, type FunctionUsage, type ImageUsage, totalOf } from '../cost.js';
import type { Measurement } from '../figure.js';
import { driver } from '../measure/drive.js';
import { type GrpcMeter, startGrpcMeter } from '../measure/grpc-meter.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { type Part, processorTimes } from '../measure/stage-processes.js';
import { count, countAtBucket, noTraffic, type Traffic } from '../measure/traffic.js';
import { trickle } from '../measure/trickle.js';
import { until } from '../measure/until.js';
import { ramp } from '../ramp.js';

const IMAGES = { full: 500, quick: 60 };
const WARM_UP = 40;
const IN_FLIGHT = 8;
const ALONE = { images: { full: 20, quick: 5 }, intervalMs: 400 };
/** As declared for the functions. */
const DECLARED = { ingest: { cores: 1, gib: 0.25 }, classify: { cores: 2, gib: 1 } };
const FLEET = { coresPerInstance: 2, concurrency: 8, maxInstances: 100 };
/**
 * Includes the placement of an instance and the download of its container image, which cannot be measured here.
 */
const COLD_START_SECONDS = 2;
const VOLUMES = [10_000, 1_000_000, 100_000_000];
const RATES = [10, 1_000, 10_000];
const RAMP_SECONDS = 120;

export const benchmark: Benchmark = async ({ scale, say }) => {
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
};

interface Scene {
  readonly stage: Stage;
  readonly traffic: Traffic;
  readonly drawn: readonly Buffer[];
  readonly images: number;
  /** Images sent one at a time, to measure the duration of a request alone. */
  readonly alone: number;
}

async function measure({ stage, traffic, drawn, images, alone }: Scene): Promise<Measurement[]> {
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
  const usage = {
    ...each,
    messageBytes: each.messageBytes / each.messages,
    imageBytes: drawn.reduce((sum, { length }) => sum + length, 0) / drawn.length,
    documentBytes: each.writtenBytes,
    functions: [
      { ...DECLARED.ingest, cpuSeconds: cpu('functions'), aloneSeconds: ingest },
      { ...DECLARED.classify, cpuSeconds: cpu('classify', 'worker'), aloneSeconds: classify },
    ] as const,
  };
  const heard = (await listener.documentsOf(images)) / images;
  return [
    ...operations(each, heard),
    ...processors(usage.functions),
    ...costs(usage),
    ...ramps(usage.functions[1]),
  ];
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

function operations(each: Traffic, listened: number): Measurement[] {
  const figure = (name: string, unit: string, value: number) => ({
    name: `ops.${name}`,
    unit,
    values: [value],
  });
  return [
    figure('reads_per_image', 'reads', each.reads),
    figure('writes_per_image', 'writes', each.writes),
    figure('messages_per_image', 'messages', each.messages),
    figure('downloads_per_image', 'requests', each.downloads),
    figure('other_calls_per_image', 'requests', each.others),
    figure('written_bytes_per_image', 'bytes', each.writtenBytes),
    figure('message_bytes', 'bytes', each.messageBytes / each.messages),
    figure('reads_per_listener_and_image', 'reads', listened),
  ];
}

function processors(functions: readonly [FunctionUsage, FunctionUsage]): Measurement[] {
  return functions.flatMap(({ cpuSeconds, aloneSeconds: alone }, index) => {
    const name = `function.${index === 0 ? 'ingest' : 'classify'}`;
    return [
      { name: `${name}.cpu_ms`, unit: 'ms', values: [cpuSeconds * 1_000] },
      { name: `${name}.alone_ms`, unit: 'ms', values: [alone * 1_000] },
    ];
  });
}

/** The total at each volume; the parts at the middle volume. */
function costs(usage: ImageUsage): Measurement[] {
  const usd = (name: string, value: number) => ({ name: `cost.${name}`, unit: 'USD', values: [value] });
  const million = costOf(usage, 1_000_000, PRICES);
  const parts = Object.entries(million).map(([part, value]) => usd(`usd_per_million.${part}`, value * 1e6));
  const months = VOLUMES.flatMap((images) => {
    const total = totalOf(costOf(usage, images, PRICES));
    return [usd(`usd_per_month.${images}`, total * images), usd(`usd_per_million_at.${images}`, total * 1e6)];
  });
  return [usd('usd_per_million', totalOf(million) * 1e6), ...parts, ...months];
}

function ramps({ cpuSeconds }: FunctionUsage): Measurement[] {
  const fleet = { ...FLEET, cpuSecondsPerImage: cpuSeconds, coldStartSeconds: COLD_START_SECONDS };
  return RATES.flatMap((rate) => {
    const { peakInstances, longestWaitSeconds, caughtUpSeconds } = ramp(rate, RAMP_SECONDS, fleet);
    const name = `scale.jump_to_${rate}`;
    return [
      { name: `${name}.instances`, unit: 'instances', values: [peakInstances] },
      { name: `${name}.longest_wait_s`, unit: 's', values: [longestWaitSeconds] },
      // The simulated time, if the instances never catch up.
      { name: `${name}.caught_up_s`, unit: 's', values: [caughtUpSeconds ?? RAMP_SECONDS] },
    ];
  });
}

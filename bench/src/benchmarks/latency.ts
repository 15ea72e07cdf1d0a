/**
 * Warm stack, one image at a time: from the first byte that the client sends to the label at a listener of its
 * record. One value for each round; the figure has the best, the median and the worst round.
 */
import { quantile } from '@hangtag/shared/quantile.js';
import { type Benchmark, type Context, repeat } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { trickle } from '../measure/trickle.js';

const IMAGES = { full: 150, quick: 20 };
const ROUNDS = { full: 3, quick: 1 };
const WARM_UP = { full: 30, quick: 10 };
/** Longer than one image takes: no image waits for another. */
const INTERVAL_MS = 200;

const MANY = { full: 10_000, quick: 100 };
/** Nearly every label comes before the next upload begins. */
const MANY_INTERVAL_MS = 100;
/** Labels that take longer are listed with the times of their record. */
const LISTED_MS = 300;
const LATE_MS = 1_000;

export const benchmark: Benchmark = (context) =>
  onWarmStack(context, INTERVAL_MS, async (latenciesOf) => {
    const { scale } = context;
    const rounds = await repeat(ROUNDS[scale], (round) => latenciesOf(`round-${round}`, IMAGES[scale]));
    return [50, 95, 99].map((percent) => ({
      name: `latency.p${percent}_ms`,
      unit: 'ms',
      values: rounds.map((latenciesMs) => quantile(latenciesMs, percent / 100)),
    }));
  });

/** Whether a label comes late on a quiet stack, among many. */
export const manyBenchmark: Benchmark = (context) =>
  onWarmStack(context, MANY_INTERVAL_MS, async (latenciesOf, stage) => {
    const images = MANY[context.scale];
    const latenciesMs = await latenciesOf('many', images);
    for (const [index, ms] of latenciesMs.entries()) {
      if (ms > LISTED_MS) context.say(await timesOf(stage, `many/${index}.jpg`, ms));
    }
    const shares = { p50: 0.5, p99: 0.99, p999: 0.999, longest: 1 };
    return [
      ...Object.entries(shares).map(([name, share]) => ({
        name: `latency_${images}.${name}_ms`,
        unit: 'ms',
        values: [quantile(latenciesMs, share)],
      })),
      {
        name: `latency_${images}.later_than_1_s`,
        unit: 'late labels',
        values: [latenciesMs.filter((ms) => ms > LATE_MS).length],
      },
    ];
  });

type LatenciesOf = (prefix: string, images: number) => Promise<readonly number[]>;

function onWarmStack(
  { scale, say }: Context,
  intervalMs: number,
  measure: (latenciesOf: LatenciesOf, stage: Stage) => Promise<readonly Measurement[]>,
): ReturnType<Benchmark> {
  return withStage(async (stage) => {
    const [image = Buffer.alloc(0)] = await pictures(SHOP_PHOTO, say);
    const latenciesOf: LatenciesOf = (prefix, images) =>
      trickle(stage, { image, intervalMs, images, prefix });
    await latenciesOf('warm', WARM_UP[scale]);
    return measure(latenciesOf, stage);
  });
}

/** @returns one line: the whole time of a label, and the times of its steps by its record, all in milliseconds */
async function timesOf(stage: Stage, name: string, ms: number): Promise<string> {
  const record = await stage.record(name).get();
  const after = (field: string) => record.get(field).toMillis() - record.get('uploadedAt').toMillis();
  const { downloadMs, decodeMs, inferMs } = record.get('timings');
  const [all, download, decode, infer] = [ms, downloadMs, decodeMs, inferMs].map(Math.round);
  return `${name}: ${all} ms; after the upload: record ${after('queuedAt')}, label ${after('labeledAt')}; download ${download}, decode ${decode}, infer ${infer}`;
}

/**
 * The operations of Google's services for one image, counted on the wire; memory, processors and concurrency that functions should
 * declare, from their processor time, their duration and their memory; and the cost of a million images with the declared sizes
 * and with the cheapest ones.
 */
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { PRICES } from '@hangtag/shared/domain/prices.js';
import { quantile } from '@hangtag/shared/quantile.js';
import type { Benchmark } from '../benchmark.js';
import { costOf, type ImageCost, totalOf } from '../cost.js';
import type { Measurement } from '../figure.js';
import { measureImage } from '../measure/image-usage.js';
import {
  cheapestSize,
  type DeclaredSize,
  instancesFor,
  measuredFunctions,
  SIZED_FOR,
  usageOf,
} from '../sizing.js';
import { inferBy } from './infer.js';

const NAMES = ['ingest', 'classify'] as const;
type Sizes = Readonly<Record<(typeof NAMES)[number], DeclaredSize>>;

const VOLUMES = [10_000, SIZED_FOR.imagesPerMonth, 100_000_000];

export const benchmark: Benchmark = async (context) => {
  const { traffic, listened, usage, loads, peaks } = await measureImage(context);
  const infer = await inferBy('onnx', 'onnx', context);
  const measured = measuredFunctions(loads, peaks, quantile(infer.values, 0.5));
  const cheapestAt = (images: number): Sizes => ({
    ingest: cheapestSize(measured.ingest, PRICES, images),
    classify: cheapestSize(measured.classify, PRICES, images),
  });
  const declared: Sizes = { ingest: declaredSize('ingest'), classify: declaredSize('classify') };
  const cost = (sizes: Sizes, images: number): ImageCost => {
    const functions = NAMES.map((name) => usageOf(measured[name], sizes[name]));
    return costOf({ ...usage, functions }, images, PRICES);
  };
  const usdAMillion = (name: string, value: number) => figure(`cost.${name}`, 'USD', value * 1e6);
  const cheapest = cheapestAt(SIZED_FOR.imagesPerMonth);
  for (const name of NAMES) {
    const [best, now] = [describe(cheapest[name]), describe(declared[name])];
    context.say(`${name}: ${best}; declared: ${best === now ? 'the same' : now}`);
  }
  const parts = Object.entries(cost(declared, SIZED_FOR.imagesPerMonth));
  return [
    infer,
    figure('ops.reads_per_image', 'reads', traffic.reads),
    figure('ops.writes_per_image', 'writes', traffic.writes),
    figure('ops.messages_per_image', 'messages', traffic.messages),
    figure('ops.downloads_per_image', 'requests', traffic.downloads),
    figure('ops.other_calls_per_image', 'requests', traffic.others),
    figure('ops.written_bytes_per_image', 'bytes', traffic.writtenBytes),
    figure('ops.message_bytes', 'bytes', usage.messageBytes),
    figure('ops.reads_per_listener_and_image', 'reads', listened),
    ...NAMES.flatMap((name) => [
      figure(`function.${name}.cpu_ms`, 'ms', loads[name].cpuSeconds * 1_000),
      figure(`function.${name}.alone_ms`, 'ms', loads[name].aloneSeconds * 1_000),
      figure(`function.${name}.memory_mib`, 'MiB', measured[name].memoryOn(cheapest[name].cpu)),
      figure(`sizing.${name}.cpu`, 'cores', cheapest[name].cpu),
      figure(`sizing.${name}.concurrency`, 'requests', cheapest[name].concurrency),
      figure(
        `sizing.${name}.instances_at_1000_a_second`,
        'instances',
        instancesFor(SIZED_FOR.peakPerSecond, usageOf(measured[name], declared[name])),
      ),
    ]),
    usdAMillion('usd_per_million', totalOf(cost(declared, SIZED_FOR.imagesPerMonth))),
    ...parts.map(([part, usd]) => usdAMillion(`usd_per_million.${part}`, usd)),
    ...VOLUMES.flatMap((images) => [
      usdAMillion(`usd_per_million_at.${images}`, totalOf(cost(declared, images))),
      usdAMillion(`usd_per_million_at.${images}.cheapest`, totalOf(cost(cheapestAt(images), images))),
    ]),
  ];
};

function declaredSize(name: string): DeclaredSize {
  const entry = FUNCTIONS.find((each) => each.name === name);
  if (entry === undefined) throw new Error(`Expected the function ${name} in the table but found none`);
  return entry.resources;
}

function describe({ memory, cpu, concurrency }: DeclaredSize): string {
  return `${memory}, ${cpu} cores, ${concurrency} at a time`;
}

function figure(name: string, unit: string, value: number): Measurement {
  return { name, unit, values: [value] };
}

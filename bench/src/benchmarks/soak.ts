/**
 * Thousands of images in one run: does throughput stay constant, and memory? The size of the processes that
 * serve `classify` is read all the time. The values after a twentieth of the images and after the last are means over a twentieth,
 * since a single value may be read just before a garbage collection.
 */
import type { Benchmark, Context, Scale } from '../benchmark.js';
import type { Measurement } from '../figure.js';
import { uploadAndCount } from '../measure/count-labels.js';
import { HAS_PROCESS_FIGURES, residentMib } from '../measure/node-processes.js';
import { mixedPictures, pictures, SHOP_PHOTO } from '../measure/pictures.js';
import { type Stage, withStage } from '../measure/stage.js';
import { type Part, partsOf, peakMeasurements } from '../measure/stage-processes.js';
import { observed, rateOf } from './pipeline.js';

const WARM_UP = 40;
const IN_FLIGHT = 8;
const LOOK_EVERY_MS = 200;

interface Soak {
  /** Of the figures of memory. */
  readonly name: string;
  readonly images: Readonly<Record<Scale, number>>;
  readonly pictures: (say: Context['say']) => Promise<readonly Buffer[]>;
}

export const benchmark: Benchmark = (context) =>
  soak(context, {
    name: 'classify',
    images: { full: 10_000, quick: 400 },
    pictures: (say) => pictures(SHOP_PHOTO, say),
  });

/** Formats and sizes in turns. */
export const mixedBenchmark: Benchmark = (context) =>
  soak(context, { name: 'classify_mixed', images: { full: 20_000, quick: 400 }, pictures: mixedPictures });

function soak({ scale, say }: Context, { name, images: sizes, pictures }: Soak): ReturnType<Benchmark> {
  return withStage(async (stage) => {
    const images = sizes[scale];
    const load = { inFlight: IN_FLIGHT, pictures: await pictures(say) };
    await uploadAndCount(stage, { ...load, prefix: 'warm', images: WARM_UP });
    const looks: Look[] = [];
    let labelled = 0;
    const timer = setInterval(async () => {
      looks.push({ labelled, mib: await classifyMemory(stage) });
    }, LOOK_EVERY_MS);
    const onLabel = (count: number) => {
      if (Math.floor(count / 1_000) > Math.floor(labelled / 1_000)) say(`${count} of ${images} labelled`);
      labelled = count;
    };
    const run = () => uploadAndCount(stage, { ...load, prefix: 'soak', images, onLabel });
    const { done, taken } = await observed(stage, images, run);
    clearInterval(timer);
    const figures = [rateOf(`pipeline_${images}`, images / done.seconds), ...taken];
    if (!HAS_PROCESS_FIGURES) return figures;
    return [
      ...figures,
      ...memoryOf(name, looks, images),
      ...(await peakMeasurements(stage, `pipeline_${images}`)),
    ];
  });
}

interface Look {
  readonly labelled: number;
  readonly mib: Memory;
}

/** MiB of the serving process, of its largest worker, and of all of them together. */
interface Memory {
  readonly host: number;
  readonly worker: number;
  readonly all: number;
}

async function classifyMemory(stage: Stage): Promise<Memory> {
  const sizes = { host: 0, worker: 0, all: 0 };
  const serving: ReadonlyMap<Part, 'host' | 'worker'> = new Map([
    ['classify', 'host'],
    ['worker', 'worker'],
  ]);
  for (const [pid, part] of await partsOf(stage)) {
    const role = serving.get(part);
    if (role === undefined) continue;
    const mib = await residentMib(pid);
    sizes[role] = Math.max(sizes[role], mib);
    sizes.all += mib;
  }
  return sizes;
}

/** After a twentieth of the images, and at the end. */
function memoryOf(prefix: string, looks: readonly Look[], images: number): Measurement[] {
  const early = looks.filter(({ labelled }) => labelled >= images / 20 && labelled <= images / 10);
  const late = looks.filter(({ labelled }) => labelled >= images * 0.95);
  const mean = (some: readonly Look[], of: keyof Memory) =>
    some.reduce((sum, { mib }) => sum + mib[of], 0) / some.length;
  const mib = (name: string, value: number) => ({ name: `${prefix}.${name}`, unit: 'MiB', values: [value] });
  return [
    mib('rss_mb', Math.max(mean(late, 'host'), mean(late, 'worker'))),
    mib('host_rss_mb', mean(late, 'host')),
    mib('worker_rss_mb', mean(late, 'worker')),
    mib('all_rss_mb', mean(late, 'all')),
    mib('all_rss_mb_early', mean(early, 'all')),
    { name: `${prefix}.rss_growth`, unit: 'share', values: [mean(late, 'all') / mean(early, 'all') - 1] },
  ];
}

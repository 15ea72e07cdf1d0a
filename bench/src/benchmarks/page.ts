/** The page in Chromium, as `npm run frames` measures it in a process of its own. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { quantile } from '@hangtag/shared/quantile.js';
import { z } from 'zod';
import type { Benchmark } from '../benchmark.js';
import type { Measurement } from '../figure.js';

const PROGRAM = fileURLToPath(new URL('../../../test/dist/page-frames.js', import.meta.url));
const IMAGES = { full: 10_000, quick: 1_000 };
/** A frame that takes longer is seen. */
const SLOW_MS = 50;

const Scrolled = z.object({
  /** Milliseconds. */
  frames: z.array(z.number()).min(1),
  /** Milliseconds of a processor. */
  taskMs: z.number().positive(),
});
const Measured = z.object({
  images: z.number(),
  arrived: z.number(),
  /** Milliseconds. */
  waits: z.array(z.number()).min(1),
  /** Milliseconds of a processor, while older images are read. */
  readTaskMs: z.number().positive(),
  /** While nothing arrives, and while images arrive. */
  still: Scrolled,
  moving: Scrolled,
});

export const benchmark: Benchmark = async ({ scale }) => {
  const program = fork(PROGRAM, [String(IMAGES[scale])], { stdio: ['ignore', 2, 2, 'ipc'] });
  let message: unknown;
  program.once('message', (received) => {
    message = received;
  });
  const [code, signal] = await once(program, 'close');
  if (code !== 0)
    throw new Error(`Expected figures of the page but it ended with ${signal ?? `exit code ${code}`}`);
  const { images, arrived, waits, readTaskMs, still, moving } = Measured.parse(message);
  return [
    ms('key_to_picture.p50', waits, 0.5),
    ms('key_to_picture.p95', waits, 0.95),
    { name: 'page.read.longest_task_cpu_ms', unit: 'ms', values: [readTaskMs] },
    ...scrolled('still', still),
    ...scrolled('moving', moving),
    { name: 'page.images', unit: 'images', values: [images] },
    { name: 'page.arrived', unit: 'images', values: [arrived] },
  ];
};

function scrolled(name: string, { frames, taskMs }: z.infer<typeof Scrolled>): readonly Measurement[] {
  return [
    ms(`${name}.frame.p50`, frames, 0.5),
    ms(`${name}.frame.p99`, frames, 0.99),
    ms(`${name}.frame.longest`, frames, 1),
    {
      name: `page.${name}.slow_frames`,
      unit: 'frames',
      values: [frames.filter((each) => each > SLOW_MS).length],
    },
    { name: `page.${name}.longest_task_cpu_ms`, unit: 'ms', values: [taskMs] },
  ];
}

function ms(name: string, of: readonly number[], share: number): Measurement {
  return { name: `page.${name}_ms`, unit: 'ms', values: [quantile(of, share)] };
}

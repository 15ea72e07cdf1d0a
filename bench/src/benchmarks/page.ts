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

const Measured = z.object({
  images: z.number(),
  arrived: z.number(),
  /** Milliseconds. */
  waits: z.array(z.number()).min(1),
  frames: z.array(z.number()).min(1),
  /** Milliseconds of a processor. */
  taskMs: z.number().positive(),
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
  const { images, arrived, waits, frames, taskMs } = Measured.parse(message);
  const ms = (name: string, of: readonly number[], share: number): Measurement => ({
    name: `page.${name}_ms`,
    unit: 'ms',
    values: [quantile(of, share)],
  });
  const slow = frames.filter((each) => each > SLOW_MS).length;
  return [
    ms('key_to_picture.p50', waits, 0.5),
    ms('key_to_picture.p95', waits, 0.95),
    ms('frame.p50', frames, 0.5),
    ms('frame.p99', frames, 0.99),
    ms('frame.longest', frames, 1),
    { name: 'page.slow_frames', unit: 'frames', values: [slow] },
    { name: 'page.longest_task_cpu_ms', unit: 'ms', values: [taskMs] },
    { name: 'page.images', unit: 'images', values: [images] },
    { name: 'page.arrived', unit: 'images', values: [arrived] },
  ];
};

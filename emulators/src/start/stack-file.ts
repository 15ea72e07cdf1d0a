/** Where a running stack says how to reach it, for the commands typed in another terminal. */

import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { z } from 'zod';
import type { Stack } from './stack.js';

const stackFile = z.object({
  pid: z.number().int(),
  bucket: z.string(),
  env: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), z.string()),
});

export type RunningStack = z.infer<typeof stackFile>;

/** No stack runs here, or it cannot be told how to reach it. */
export class NoStack extends UnavailableError {}

export const STATE_DIR = '.hangtag';
const FILE = join(STATE_DIR, 'stack.json');

export async function announceStack({
  bucket,
  env,
  jobs,
}: Pick<Stack, 'bucket' | 'env' | 'jobs'>): Promise<void> {
  await mkdir(STATE_DIR, { recursive: true });
  // Renamed into place: whoever waits for it must not read half of it.
  const incoming = `${FILE}.${process.pid}`;
  await writeFile(incoming, `${JSON.stringify({ pid: process.pid, bucket, env, jobs }, null, 2)}\n`);
  await rename(incoming, FILE);
}

/** A stack that was started here later keeps its own word. */
export async function withdrawStack(): Promise<void> {
  const announced = await readFile(FILE, 'utf8').then(JSON.parse, () => undefined);
  if (announced?.pid === process.pid) await rm(FILE, { force: true });
}

/** @throws {NoStack} */
export async function runningStack(): Promise<RunningStack> {
  try {
    const stack = stackFile.parse(JSON.parse(await readFile(FILE, 'utf8')));
    process.kill(stack.pid, 0);
    return stack;
  } catch (error) {
    throw new NoStack('Expected a running stack but found none here: start one with `npm start`', {
      cause: error,
    });
  }
}

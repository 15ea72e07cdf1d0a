/** Commands in another terminal find the running stacks of this checkout by files: each stack writes one. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { z } from 'zod';
import { wholeNumber } from '../command-options.js';
import { identityOf, isAlive, processIdentity } from '../processes/process-identity.js';
import type { Stack } from './stack.js';

export const STATE_DIR = '.hangtag';
const STACKS = join(STATE_DIR, 'stacks');

/** The option of every command that needs a running stack. */
export const STACK_OPTION = {
  'port-base': wholeNumber('N', 'the running stack whose bucket listens on port N', { min: 1, max: 65_535 }),
} as const;

const stackFile = z.object({
  owner: processIdentity,
  /** The port of the bucket, which identifies the stack. */
  port: z.number().int(),
  mode: z.string(),
  bucket: z.string(),
  env: z.record(z.string(), z.string()),
  jobs: z.record(z.string(), z.string()),
});

export type RunningStack = z.infer<typeof stackFile>;
export type AnnouncedStack = Pick<Stack, 'bucket' | 'env' | 'jobs'> & { readonly mode: string };

/** @returns a function that removes the file */
export async function announceStack({
  mode,
  bucket,
  env,
  jobs,
}: AnnouncedStack): Promise<() => Promise<void>> {
  const port = bucketPortOf(env);
  const stack: RunningStack = {
    owner: identityOf(process.pid),
    port,
    mode,
    bucket,
    env: { ...env },
    jobs: { ...jobs },
  };
  await mkdir(STACKS, { recursive: true });
  const file = join(STACKS, `${port}.json`);
  // Written under another name first, so that no command reads an incomplete file.
  const incoming = join(STACKS, `${port}.${process.pid}`);
  await writeFile(incoming, `${JSON.stringify(stack, null, 2)}\n`);
  await rename(incoming, file);
  return () => rm(file, { force: true });
}

export function bucketPortOf(env: Stack['env']): number {
  return Number(new URL(env['STORAGE_EMULATOR_HOST'] ?? '').port);
}

/** The stacks whose process is alive, in the order of their ports. */
async function runningStacks(folder = STACKS): Promise<readonly RunningStack[]> {
  const names = await readdir(folder).catch(() => []);
  const files = names.filter((name) => name.endsWith('.json'));
  const stacks = await Promise.all(files.map((name) => readStack(join(folder, name))));
  return stacks
    .filter((stack) => stack !== undefined)
    .filter(({ owner }) => isAlive(owner))
    .sort((one, other) => one.port - other.port);
}

/**
 * The one stack that runs here, or the one whose bucket has this port.
 * @throws {UnavailableError} none runs, or several do and none was chosen
 */
export async function runningStack(port: number | undefined): Promise<RunningStack> {
  const stacks = await runningStacks();
  const fitting = port === undefined ? stacks : stacks.filter((stack) => stack.port === port);
  const [found] = fitting;
  if (found !== undefined && fitting.length === 1) return found;
  if (stacks.length === 0)
    throw new UnavailableError('Expected a running stack but found none in this checkout. Type: npm start');
  const list = stacks.map((stack) => `--port-base ${stack.port}`).join(' or ');
  if (port === undefined)
    throw new UnavailableError(`Expected one running stack but found ${stacks.length}. Add -- ${list}`);
  throw new UnavailableError(`Expected a stack on port ${port} but found none. Running: ${list}`);
}

async function readStack(file: string): Promise<RunningStack | undefined> {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return stackFile.parse(JSON.parse(text));
  } catch (cause) {
    throw new UnavailableError(
      `Expected ${file} to describe a running stack but it does not. Remove that file`,
      { cause },
    );
  }
}

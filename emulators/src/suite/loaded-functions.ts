/** The functions that the functions emulator has loaded, and the URL of each. */

import { UnavailableError } from '@hangtag/shared/errors.js';
import { z } from 'zod';
import { pause } from '../processes/backoff.js';
import { type Child, describeExit } from '../processes/child.js';
import { lastLines } from '../processes/readiness.js';
import { PROJECT } from '../start/stack-plan.js';

const READY_TIMEOUT_MS = 180_000;
const POLL_MS = 200;
const LOG_LINES = 30;

const backends = z.object({
  backends: z.array(
    z.object({
      functionTriggers: z.array(
        z.object({ id: z.string(), entryPoint: z.string(), schedule: z.unknown().optional() }),
      ),
    }),
  ),
});

export interface LoadedFunctions {
  /** @throws {UnavailableError} the function was not loaded */
  urlOf(name: string): string;
  /** The URL of each scheduled function. */
  readonly jobs: Readonly<Record<string, string>>;
}

export interface Loading {
  readonly child: Child;
  readonly logFile: string;
  /** Of all declared functions: the emulator loads them one after the other. */
  readonly names: readonly string[];
}

/** @throws {UnavailableError} a function was not loaded in time, or the suite ended; with the last lines of the log */
export async function untilLoaded(
  baseUrl: string,
  { child, logFile, names }: Loading,
): Promise<LoadedFunctions> {
  const end = new AbortController();
  const ended = child.exited.then((exit) => end.abort(describeExit(exit)));
  const timeout = AbortSignal.timeout(READY_TIMEOUT_MS);
  const signal = AbortSignal.any([end.signal, timeout]);
  let missing = names;
  while (!signal.aborted) {
    const found = await ask(baseUrl, signal);
    missing = names.filter((name) => !found.some(({ entryPoint }) => entryPoint === name));
    if (missing.length === 0) return loadedFunctions(baseUrl, found);
    await pause(POLL_MS, signal);
  }
  const late = `${missing.join(', ')} were not loaded within ${READY_TIMEOUT_MS / 1000} s`;
  const why = end.signal.aborted ? `the suite ended: ${end.signal.reason}` : late;
  if (end.signal.aborted) await ended;
  const log = (await lastLines(logFile, LOG_LINES)).join('\n');
  throw new UnavailableError(`Expected functions to be loaded but ${why}. Last lines of ${logFile}:\n${log}`);
}

type Trigger = z.infer<typeof backends>['backends'][number]['functionTriggers'][number];

async function ask(baseUrl: string, signal: AbortSignal): Promise<readonly Trigger[]> {
  try {
    const response = await fetch(`${baseUrl}/backends`, { signal });
    return backends.parse(await response.json()).backends.flatMap(({ functionTriggers }) => functionTriggers);
  } catch {
    return [];
  }
}

/** `-0` counts how often the code was loaded again, which happens only under a debugger. */
function loadedFunctions(baseUrl: string, triggers: readonly Trigger[]): LoadedFunctions {
  const url = ({ id }: Trigger) => `${baseUrl}/functions/projects/${PROJECT}/triggers/${id}-0`;
  const jobs = triggers.filter(({ schedule }) => schedule !== undefined);
  return {
    urlOf: (name) => {
      const trigger = triggers.find(({ entryPoint }) => entryPoint === name);
      if (trigger === undefined) throw new UnavailableError(`Expected the function ${name} to be loaded`);
      return url(trigger);
    },
    jobs: Object.fromEntries(jobs.map((job) => [job.entryPoint, url(job)])),
  };
}

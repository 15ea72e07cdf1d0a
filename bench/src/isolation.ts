/** Runs a benchmark in its own process, so that its memory and its crashes do not affect others. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Entry, Scale } from './benchmark.js';
import type { Measurement } from './figure.js';

const PROGRAM = fileURLToPath(new URL('./isolated-benchmark.js', import.meta.url));
/** Options of Node, as for `npm start` (package.json). */
export const START_FLAGS: readonly string[] = ['--max-semi-space-size=2'];
/** The longest, `latency-10000`, takes about 17 minutes. */
const TIME_LIMIT_MS = 30 * 60_000;

export interface Surroundings {
  readonly scale: Scale;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the user interrupts the run. */
  readonly signal: AbortSignal;
}

/** @throws Error if it ended without measurements; its messages are on standard error */
export function runIsolated(
  { name, needs, execArgv = needs === 'emulators' ? START_FLAGS : [] }: Entry,
  { scale, env, signal }: Surroundings,
): Promise<readonly Measurement[]> {
  return new Promise((resolve, reject) => {
    const child = fork(PROGRAM, [name, scale], {
      execArgv: [...execArgv],
      env,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIME_LIMIT_MS)]),
      killSignal: 'SIGKILL',
      // Standard output contains only the table.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.once('message', (measurements: readonly Measurement[]) => resolve(measurements));
    child.once('error', reject);
    child.once('close', (code, killedBy) =>
      reject(new Error(`Expected measurements but it ended with ${killedBy ?? `exit code ${code}`}`)),
    );
  });
}

/** A benchmark in a process of its own: what it leaves in memory, or how it dies, is nobody else's matter. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Entry, Scale } from './benchmark.js';
import type { Measurement } from './figure.js';

const PROGRAM = fileURLToPath(new URL('./isolated-benchmark.js', import.meta.url));
/** Of Node, as `npm start` runs the stack (package.json). */
export const START_FLAGS: readonly string[] = ['--max-semi-space-size=2'];
/** The longest takes about four minutes on two cores. */
const TIME_LIMIT_MS = 15 * 60_000;

export interface Surroundings {
  readonly scale: Scale;
  readonly env: NodeJS.ProcessEnv;
  /** Aborted when the user wants no more of it. */
  readonly signal: AbortSignal;
}

/** @throws Error where it ended without measurements; what it had to say stands on standard error */
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
      // Standard output is for the table alone.
      stdio: ['ignore', 2, 2, 'ipc'],
    });
    child.once('message', (measurements: readonly Measurement[]) => resolve(measurements));
    child.once('error', reject);
    child.once('close', (code, killedBy) =>
      reject(new Error(`Expected measurements but it ended with ${killedBy ?? `exit code ${code}`}`)),
    );
  });
}

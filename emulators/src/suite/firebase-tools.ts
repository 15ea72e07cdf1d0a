/** Chooses, installs and stops firebase-tools. */

import { execFile } from 'node:child_process';
import { delimiter, dirname, isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { pause } from '../processes/backoff.js';
import type { Child } from '../processes/child.js';
import { isAlive } from '../processes/process-identity.js';

/** firebase-tools 15 needs this version. 14 is the last one that accepts Java 17. */
const JAVA_OF_VERSION_15 = 21;

/**
 * firebase-tools waits up to 60 s for running functions before it stops its emulators. If it is killed before that, the emulators
 * continue to run.
 */
const STOP_GRACE_MS = 90_000;

export function firebaseToolsFor(javaMajor: number): string {
  return javaMajor >= JAVA_OF_VERSION_15 ? 'firebase-tools@15' : 'firebase-tools@14';
}

/**
 * Installs it into npx's cache, unless it is there. firebase-tools is then started by its path and not by npx, which would
 * pass on each signal a second time; at a second signal firebase-tools ends and leaves its emulators running.
 *
 * @returns path of the program
 * @throws {UnavailableError}
 */
export async function installFirebaseTools(version: string): Promise<string> {
  const args = ['--yes', '--prefer-offline', '--package', version, '-c', 'command -v firebase'];
  // Its only install script compiles a faster engine for regular expressions, which takes minutes and is not needed.
  const env = { npm_config_fetch_retries: '1', ...process.env, npm_config_ignore_scripts: 'true' };
  try {
    const { stdout } = await promisify(execFile)('npx', args, { env });
    const path = stdout.trim().split('\n').at(-1);
    if (path !== undefined && isAbsolute(path)) return path;
    throw new Error(`it printed no path but "${stdout}"`);
  } catch (cause) {
    throw new UnavailableError(
      `Expected ${version} from the npm registry but received: ${reasonOf(cause)}. Only the first run needs the network. Connect, and type the command again`,
      { cause },
    );
  }
}

/** One line of what npm printed: the first that says more than a code. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  const printed = text.split('\n').filter((line) => line.startsWith('npm error '));
  const lines = printed.map((line) => line.replace(/^npm error /, '').trim());
  return lines.find((line) => line.includes(' ') && !/^(code|errno|syscall) /.test(line)) ?? text;
}

/** firebase-tools runs the first `java` of the PATH, so the folder of the found one is added as the first. */
export function pathWith(java: string, path = ''): string {
  return isAbsolute(java) ? [dirname(java), path].join(delimiter) : path;
}

/** Signals firebase-tools alone: a signal to its group would also end the processes of functions, for which it then waits. */
export async function stopFirebaseTools({ pid, exited, signal }: Child): Promise<void> {
  const grace = new AbortController();
  const ended = exited.then(() => grace.abort());
  if (pid !== undefined && isAlive({ pid })) process.kill(pid, 'SIGTERM');
  await pause(STOP_GRACE_MS, grace.signal);
  signal('SIGKILL');
  await ended;
}

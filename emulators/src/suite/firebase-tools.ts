/** firebase-tools: which one, where npx keeps it, and how it is run. */

import { execFile } from 'node:child_process';
import { delimiter, dirname, isAbsolute } from 'node:path';
import { promisify } from 'node:util';
import { UnavailableError } from '@hangtag/shared/errors.js';

/** From this version on, firebase-tools 15 starts; the one before it takes Java 17 too. */
const JAVA_OF_VERSION_15 = 21;

export function firebaseToolsFor(javaMajor: number): string {
  return javaMajor >= JAVA_OF_VERSION_15 ? 'firebase-tools@15' : 'firebase-tools@14';
}

/**
 * Installs it where npx keeps such things, unless it is there already. Asked for its path rather than run through npx:
 * a signal then reaches one process, once, and firebase-tools takes a second one as an order to leave everything running.
 *
 * @returns path of the program
 * @throws {UnavailableError}
 */
export async function installFirebaseTools(version: string): Promise<string> {
  const args = ['--yes', '--package', version, '-c', 'command -v firebase'];
  // Its only install script builds a faster engine for regular expressions, for minutes; it does without.
  const env = { ...process.env, npm_config_ignore_scripts: 'true' };
  try {
    const { stdout } = await promisify(execFile)('npx', args, { env });
    const path = stdout.trim().split('\n').at(-1);
    if (path !== undefined && isAbsolute(path)) return path;
    throw new Error(`Expected the path of the program but npx answered "${stdout}"`);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new UnavailableError(`npx could not bring ${version} from the npm registry: ${reason}`, { cause });
  }
}

/** firebase-tools takes the first `java` of the PATH: let it be the one that was found. */
export function pathWith(java: string, path = ''): string {
  return isAbsolute(java) ? [dirname(java), path].join(delimiter) : path;
}

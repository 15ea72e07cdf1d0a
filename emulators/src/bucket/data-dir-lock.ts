/** One server per data directory. A second server would remove the newest files of the first as unknown. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError } from '@hangtag/shared/errors.js';

/** The directories locked by this process: its own process id in a lock file is not enough. */
const held = new Set<string>();

/** @returns a function that unlocks. @throws {UnavailableError} a running process has locked the directory. */
export async function lockDataDir(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  const owner = await readOwner(path);
  if (held.has(path) || (owner !== undefined && owner !== process.pid && isAlive(owner))) {
    throw new UnavailableError(
      `Expected ${directory} to be free but process ${owner} serves it (if it does not, remove ${path})`,
    );
  }
  held.add(path);
  await writeFile(path, String(process.pid));
  return async () => {
    await rm(path, { force: true });
    held.delete(path);
  };
}

async function readOwner(path: string): Promise<number | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

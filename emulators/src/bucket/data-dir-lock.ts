/** One server to a data directory: a second would take the first one's newest files for left-overs and remove them. */

import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Directories that this very process holds, since its own process id proves nothing. */
const held = new Set<string>();

/** @returns what gives the directory back. @throws {Error} a living process has it. */
export async function lockDataDir(directory: string): Promise<() => Promise<void>> {
  const path = join(directory, 'lock');
  const owner = await readOwner(path);
  if (held.has(path) || (owner !== undefined && owner !== process.pid && isAlive(owner))) {
    throw new Error(
      `Expected ${directory} to be free but process ${owner} serves it (if not, remove ${path})`,
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

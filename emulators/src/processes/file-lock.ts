/** A lock that is a file with the identity of its owner. A lock whose owner is dead is taken over. */
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as pause } from 'node:timers/promises';
import { identityOf, isAlive, type ProcessIdentity, processIdentity } from './process-identity.js';

export type FileLock =
  | { readonly kind: 'held'; readonly by: ProcessIdentity }
  | {
      readonly kind: 'taken';
      /** Whether the last owner ended without `release`: killed, or the power failed. */
      readonly wasLeftBehind: boolean;
      release(): Promise<void>;
    };

/** The owner writes the file right after creating it. */
const WRITING_MS = 100;

export async function lockFile(path: string): Promise<FileLock> {
  let wasLeftBehind = false;
  for (;;) {
    if (await create(path)) return { kind: 'taken', wasLeftBehind, release: () => rm(path, { force: true }) };
    const owner = (await readOwner(path)) ?? (await pause(WRITING_MS).then(() => readOwner(path)));
    if (owner !== undefined && isAlive(owner)) return { kind: 'held', by: owner };
    wasLeftBehind = true;
    await moveAway(path);
  }
}

async function create(path: string): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(identityOf(process.pid)), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

async function readOwner(path: string): Promise<ProcessIdentity | undefined> {
  try {
    return processIdentity.parse(JSON.parse(await readFile(path, 'utf8')));
  } catch {
    return undefined;
  }
}

/** Another process may have taken the lock over meanwhile: then it gets its file back. */
async function moveAway(path: string): Promise<void> {
  const aside = `${path}.${process.pid}`;
  if (
    !(await rename(path, aside).then(
      () => true,
      () => false,
    ))
  )
    return;
  const owner = await readOwner(aside);
  if (owner !== undefined && isAlive(owner)) await rename(aside, path);
  else await rm(aside, { force: true });
}

/**
 * The folder with a stack's buckets and records. Only one stack at a time can use it. A new or empty folder gets a mark file. A
 * folder without this file is refused unless a stack wrote all of it, so that only folders of Hangtag are ever emptied; and one with
 * other files is not emptied.
 */
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';
import { describeSystemError } from '@hangtag/shared/system-error.js';
import { type FileLock, lockFile } from '../processes/file-lock.js';
import { STATE_DIR } from './stack-file.js';

const MARK = '.hangtag-data';
const LOCK = '.hangtag-lock';
/** What a stack writes, embedded or on emulators. */
const CONTENT = new Set([
  ...[MARK, LOCK, 'bucket', 'firestore', 'logs', 'functions.log', 'records.jsonl'],
  ...['wardrobe', 'wardrobe-token-key'],
]);
const OWN_FOLDER = join(STATE_DIR, 'data');
const MOST_STACKS = 100;

export interface DataFolder {
  readonly path: string;
  /** Whether the next run finds the data of this one. */
  readonly isKept: boolean;
  /** Whether the last stack on this folder did not release it. */
  readonly wasLeftBehind: boolean;
  /** Only after all data is saved: the records of a folder that is not released are repaired by the next stack. */
  release(): Promise<void>;
}

/** @param path the user's folder. If it is undefined, a folder of the checkout is emptied and used */
export async function openDataFolder(path: string | undefined, isFresh: boolean): Promise<DataFolder> {
  if (path === undefined) return openOwnFolder();
  await prepare(path);
  const lock = await written(path, lockFile(join(path, LOCK)));
  if (lock.kind === 'held') {
    throw new UnavailableError(
      `Expected ${path} to be free but the stack of process ${lock.by.pid} uses it. Name another folder with --data, or stop that stack`,
    );
  }
  try {
    if (isFresh) await assertOnlyContent(path);
    return await written(path, open(path, lock, isFresh ? 'emptied' : 'kept'));
  } catch (error) {
    if (!lock.wasLeftBehind) await lock.release();
    throw error;
  }
}

/** The first of these folders that no other stack of this checkout uses. */
async function openOwnFolder(): Promise<DataFolder> {
  for (let number = 1; number <= MOST_STACKS; number += 1) {
    const path = number === 1 ? OWN_FOLDER : `${OWN_FOLDER}-${number}`;
    await makeFolder(path);
    const lock = await lockFile(join(path, LOCK));
    if (lock.kind === 'taken') return { ...(await open(path, lock, 'emptied')), isKept: false };
  }
  throw new UnavailableError(`Expected at most ${MOST_STACKS} stacks in this checkout but found more`);
}

async function open(
  path: string,
  lock: Extract<FileLock, { kind: 'taken' }>,
  content: 'kept' | 'emptied',
): Promise<DataFolder> {
  if (content === 'emptied') await empty(path);
  await writeFile(
    join(path, MARK),
    'Hangtag keeps its data here. `npm start -- --data` with --fresh empties this folder.\n',
  );
  const wasLeftBehind = content === 'kept' && lock.wasLeftBehind;
  return { path, isKept: true, wasLeftBehind, release: lock.release };
}

async function prepare(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isDirectory())
    throw new UsageError(`Expected a folder for --data but received "${path}", which is a file`);
  await makeFolder(path);
  const names = await readdir(path);
  if (names.length > 0 && !names.includes(MARK) && !(await isOfHangtag(path, names))) throw unmarked(path);
}

/** Before a start writes the mark it may end, and the first versions wrote none. */
async function isOfHangtag(path: string, names: readonly string[]): Promise<boolean> {
  if (names.every((name) => name === LOCK)) return true;
  const journal = await stat(join(path, 'bucket', 'journal.jsonl')).catch(() => undefined);
  return journal?.isFile() === true && names.every((name) => CONTENT.has(name));
}

async function makeFolder(path: string): Promise<void> {
  await written(path, mkdir(path, { recursive: true }));
}

/** @throws {UnavailableError} the folder cannot be made or written */
function written<T>(path: string, writing: Promise<T>): Promise<T> {
  return writing.catch((cause: unknown) => {
    throw new UnavailableError(
      `Expected to write the folder ${path} but found ${describeSystemError(cause)}. Name another with --data DIR`,
      { cause },
    );
  });
}

/** A user may have put files of their own into the folder. @throws {UsageError} */
async function assertOnlyContent(path: string): Promise<void> {
  const other = (await readdir(path)).find((name) => !CONTENT.has(name));
  if (other === undefined) return;
  throw new UsageError(
    `Expected only files of Hangtag in ${path} for --fresh but found ${other}. Move it, or name another folder`,
  );
}

async function empty(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (name !== LOCK && name !== MARK) await rm(join(path, name), { recursive: true, force: true });
  }
}

function unmarked(path: string): UsageError {
  return new UsageError(
    `Expected --data to be an empty folder or one that Hangtag made but ${path} holds other things (no ${MARK}). Name another folder`,
  );
}

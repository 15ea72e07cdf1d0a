/** Files on their way into the bucket: a few at a time, each to its end, and each failure named. */
import { signal } from '@preact/signals';
import { failureOf, PageError } from './attempt.js';
import type { Backend } from './backend.js';
import { type Chosen, chosenOf, mayBePicture } from './chosen.js';
import { strings } from './strings.js';

const AT_A_TIME = 4;
export interface Uploads {
  readonly done: number;
  readonly all: number;
  /** Of the files that are on their way: the share of each that has arrived, 0 to 1. */
  readonly active: ReadonlyMap<File, number>;
  /** `name`: the path. `why`: in the language of the page. */
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

const NONE: Uploads = { done: 0, all: 0, active: new Map(), failed: [] };

export const uploads = signal<Uploads>(NONE);

/** Those before `next` are on their way or have come to their end. */
let queue: { readonly chosen: Chosen; readonly backend: Pick<Backend, 'upload'> }[] = [];
let next = 0;
let active = 0;

export function upload(all: readonly Chosen[], backend: Pick<Backend, 'upload'>): void {
  queue = [...queue.slice(next), ...all.map((chosen) => ({ chosen, backend }))];
  next = 0;
  uploads.value = { ...uploads.value, all: uploads.value.all + all.length };
  while (active < AT_A_TIME && next < queue.length) void work();
}

/** Forgets the files that have come to their end. */
export function clearUploads(): void {
  const { all, done, failed, active } = uploads.value;
  uploads.value = { ...NONE, all: all - done - failed.length, active };
}

function onProgress(file: File, share: number): void {
  uploads.value = { ...uploads.value, active: new Map(uploads.value.active).set(file, share) };
}

function onEnd(file: File): void {
  const active = new Map(uploads.value.active);
  active.delete(file);
  uploads.value = { ...uploads.value, active };
}

async function work(): Promise<void> {
  active += 1;
  for (let given = queue[next]; given !== undefined; given = queue[next]) {
    next += 1;
    const { chosen, backend } = given;
    const { file, path } = chosen;
    try {
      if (file.size === 0) throw new PageError(strings.emptyFile);
      await backend.upload(chosen, (share) => onProgress(file, share));
      uploads.value = { ...uploads.value, done: uploads.value.done + 1 };
    } catch (error) {
      fail(path, error);
    }
    onEnd(file);
  }
  active -= 1;
}

function fail(name: string, error: unknown): void {
  const why = failureOf(error).text;
  uploads.value = { ...uploads.value, failed: [...uploads.value.failed, { name, why }] };
}

/** The files of a drop, those of folders included. What cannot be read counts as an upload that failed. */
export async function droppedOf({ items, files }: DataTransfer): Promise<readonly Chosen[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return chosenOf([...files]);
  return (await Promise.all(entries.map((entry) => chosenOfEntry(entry, crypto.randomUUID())))).flat();
}

async function chosenOfEntry(entry: FileSystemEntry, place: string): Promise<readonly Chosen[]> {
  const path = entry.fullPath.replace(/^\//, '');
  try {
    if (!mayBePicture(entry)) return [];
    if (isFile(entry)) {
      const file = await new Promise<File>((resolve, reject) => entry.file(resolve, reject));
      return [{ file, path, place }];
    }
    return isFolder(entry) ? await chosenOfFolder(entry, place) : [];
  } catch (error) {
    uploads.value = { ...uploads.value, all: uploads.value.all + 1 };
    fail(path, error);
    return [];
  }
}

async function chosenOfFolder(folder: FileSystemDirectoryEntry, place: string): Promise<readonly Chosen[]> {
  const reader = folder.createReader();
  const found: (readonly Chosen[])[] = [];
  // A reader gives a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found.flat();
    for (const each of some) found.push(await chosenOfEntry(each, place));
  }
}

// The classes of entries are no globals in Chromium, so `instanceof` cannot distinguish them.
function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** Files on their way into the bucket: a few at a time, each to its end, and each failure named. */
import { signal } from '@preact/signals';
import type { Backend } from './backend.js';

const AT_A_TIME = 4;
/** Why a file without bytes is not sent. */
export const EMPTY = 'empty';

export interface Uploads {
  readonly done: number;
  readonly all: number;
  /** Of the files that are on their way: the share of each that has arrived, 0 to 1. */
  readonly active: ReadonlyMap<File, number>;
  /** `why`: a code of Firebase, or a message. */
  readonly failed: readonly { readonly name: string; readonly why: string }[];
}

const NONE: Uploads = { done: 0, all: 0, active: new Map(), failed: [] };

export const uploads = signal<Uploads>(NONE);

const waiting: { readonly file: File; readonly backend: Pick<Backend, 'upload'> }[] = [];
let active = 0;

export function upload(files: Iterable<File>, backend: Pick<Backend, 'upload'>): void {
  const added = [...files];
  waiting.push(...added.map((file) => ({ file, backend })));
  uploads.value = { ...uploads.value, all: uploads.value.all + added.length };
  while (active < AT_A_TIME && waiting.length > 0) void work();
}

export function clearUploads(): void {
  uploads.value = NONE;
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
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { file, backend } = next;
    try {
      if (file.size === 0) throw new Error(EMPTY);
      await backend.upload(file, (share) => onProgress(file, share));
      uploads.value = { ...uploads.value, done: uploads.value.done + 1 };
    } catch (error) {
      fail(file, error);
    }
    onEnd(file);
  }
  active -= 1;
}

function fail({ name }: { readonly name: string }, error: unknown): void {
  uploads.value = { ...uploads.value, failed: [...uploads.value.failed, { name, why: reasonOf(error) }] };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return 'code' in error ? String(error.code) : error.message;
}

/** The files of a drop, those of folders included. What cannot be read counts as an upload that failed. */
export async function filesOf({ items, files }: DataTransfer): Promise<readonly File[]> {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  if (entries.length === 0) return [...files];
  return (await Promise.all(entries.map(filesOfEntry))).flat();
}

async function filesOfEntry(entry: FileSystemEntry): Promise<readonly File[]> {
  try {
    if (isFile(entry)) return [await new Promise<File>((resolve, reject) => entry.file(resolve, reject))];
    return isFolder(entry) ? await filesOfFolder(entry) : [];
  } catch (error) {
    uploads.value = { ...uploads.value, all: uploads.value.all + 1 };
    fail(entry, error);
    return [];
  }
}

async function filesOfFolder(folder: FileSystemDirectoryEntry): Promise<readonly File[]> {
  const reader = folder.createReader();
  const found: File[] = [];
  // A reader gives a hundred entries at a time, and none at the end.
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return found;
    for (const each of some) found.push(...(await filesOfEntry(each)));
  }
}

// The classes of entries are no globals in Chromium, so `instanceof` cannot distinguish them.
function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}

/** Finds the files of a folder that can be uploaded, and those that are left out, with the reason. Links are not followed. */
import { constants } from 'node:fs';
import { type FileHandle, open, readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import type { Readable } from 'node:stream';

export type Content = Buffer | Readable;

/** A file or drawing to upload. */
export interface Picture {
  /** Object name. */
  readonly name: string;
  /** The category, if it is known. */
  readonly truth?: string;
  /** Set by the uploader; not trusted. */
  readonly contentType?: string;
  open(): Promise<Content>;
}

export const LEFT_OUT = {
  hidden: 'hidden',
  unfinished: 'named as an unfinished file',
  link: 'a link',
  special: 'neither a file nor a folder',
  'name-not-utf8': 'a name that is not UTF-8',
  'unreadable-folder': 'a folder that cannot be read',
  unreachable: 'in a folder that cannot be entered, or with too long a path',
} as const;
export type LeftOutReason = keyof typeof LEFT_OUT;

export interface LeftOut {
  readonly kind: 'left-out';
  readonly path: string;
  readonly why: LeftOutReason;
}

export type Found = { readonly kind: 'file'; readonly path: string } | LeftOut;

/** Whether leaving it out is a fault. All other reasons are rules. */
export function isFault({ why }: LeftOut): boolean {
  return why === 'name-not-utf8' || why === 'unreadable-folder' || why === 'unreachable';
}

/** Files that a download, an editor or a synchronisation has not finished. */
const UNFINISHED = /(\.(part|partial|tmp|temp|crdownload|download|swp)|~)$/i;
/** Larger files are read as a stream. */
const MOST_BYTES_AT_ONCE = 4 * 1024 * 1024;
/** Without these flags, opening a pipe would wait for a writer, and a link could lead out of the folder. */
const SAFELY = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** Everything in a folder and below it, by name. */
export async function* walk(folder: string): AsyncGenerator<Found> {
  // Names as bytes: as text, a name that is not UTF-8 would be changed.
  const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' }).catch(() => undefined);
  if (entries === undefined) {
    yield { kind: 'left-out', path: folder, why: 'unreadable-folder' };
    return;
  }
  entries.sort((one, other) => Buffer.compare(one.name, other.name));
  for (const entry of entries) {
    const name = utf8(entry.name);
    const path = join(folder, name ?? escaped(entry.name));
    const why = reasonToLeaveOut(name, entry);
    if (why !== undefined) yield { kind: 'left-out', path, why };
    else if (entry.isDirectory()) yield* walk(path);
    else yield { kind: 'file', path };
  }
}

interface Kind {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}

function reasonToLeaveOut(name: string | undefined, entry: Kind): LeftOutReason | undefined {
  if (name === undefined) return 'name-not-utf8';
  if (name.startsWith('.')) return 'hidden';
  if (entry.isSymbolicLink()) return 'link';
  if (entry.isDirectory()) return undefined;
  if (!entry.isFile()) return 'special';
  return UNFINISHED.test(name) ? 'unfinished' : undefined;
}

export interface PictureSource {
  /** Object names are relative to it. */
  readonly folder: string;
  readonly labels: ReadonlySet<string>;
}

/** The category of a file is known if its folder has the name of a label. */
export function pictureOf(path: string, { folder, labels }: PictureSource): Picture {
  const parent = basename(dirname(path));
  return {
    name: relative(folder, path).split(sep).join('/'),
    ...(labels.has(parent) && { truth: parent }),
    open: () => openFile(path),
  };
}

/** @throws Error it is not a file or cannot be read */
export async function openFile(path: string): Promise<Content> {
  const file = await open(path, SAFELY);
  try {
    const found = await file.stat();
    if (!found.isFile()) throw new Error(`Expected a file but found ${LEFT_OUT.special}`);
    if (found.size > MOST_BYTES_AT_ONCE) return file.createReadStream();
    return await readAndClose(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function readAndClose(file: FileHandle): Promise<Buffer> {
  const bytes = await file.readFile();
  await file.close();
  return bytes;
}

function utf8(name: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name);
  } catch {
    return undefined;
  }
}

/** For messages: bytes that are not ASCII are shown as `\xE9`. */
function escaped(name: Buffer): string {
  return name
    .toString('latin1')
    .replace(/[^ -~]/g, (one) => `\\x${one.charCodeAt(0).toString(16).toUpperCase()}`);
}

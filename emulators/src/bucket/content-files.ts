/**
 * The files with the bytes of objects. A content file is written once under a random name and never changed. It belongs to
 * an object when a journal line names it. A crash can leave a file that no line names; the next start removes it.
 */

import { randomBytes } from 'node:crypto';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { copyFile, type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { tooLarge } from './api-error.js';
import { Checksummer, type Checksums } from './checksums.js';
import { type ContentId, contentIdSchema } from './record.js';

/** Content up to this size is written in one step, after all of it has arrived. */
const AT_ONCE_BYTES = 1024 * 1024;
/** For longer content, chunks are collected up to this size for each write. */
const WRITE_BYTES = 256 * 1024;

/**
 * `process-crash`: a killed process loses nothing, a power failure can lose the last seconds. `power-loss`: neither loses
 * anything, but every write is flushed.
 */
export type Durability = 'process-crash' | 'power-loss';

export interface StoredContent extends Checksums {
  readonly contentId: ContentId;
  readonly sizeBytes: number;
}

export interface ContentFilesOptions {
  readonly directory: string;
  readonly durability: Durability;
  /** Called with the size before each write. An error that it throws is thrown by the write. */
  readonly beforeWrite?: ((bytes: number) => void) | undefined;
}

interface Target {
  readonly checksummer: Checksummer;
  readonly maxBytes: number;
}

export interface AppendTarget extends Target {
  readonly handle: FileHandle;
}

/** The only function that makes this path: from a validated random id, never from a client's name. */
export function contentPath(directory: string, id: ContentId): string {
  return join(directory, contentIdSchema.parse(id));
}

export function newContentId(): ContentId {
  return contentIdSchema.parse(randomBytes(16).toString('hex'));
}

export class ContentFiles {
  readonly #removals = new Set<Promise<void>>();

  constructor(private readonly options: ContentFilesOptions) {}

  /** Creates the directory and removes every file that is not in `known`. */
  async start(known: ReadonlySet<string>): Promise<void> {
    await mkdir(this.options.directory, { recursive: true });
    for (const file of await readdir(this.options.directory)) {
      if (!known.has(file)) await rm(join(this.options.directory, file), { force: true, recursive: true });
    }
  }

  /** On failure, nothing is kept. @throws {ApiError} 413: the source has more than `maxBytes`. */
  async store(source: AsyncIterable<Buffer>, maxBytes: number): Promise<StoredContent> {
    const contentId = newContentId();
    const checksummer = new Checksummer();
    try {
      const { head, rest } = await split(source, AT_ONCE_BYTES);
      const target = { checksummer, maxBytes };
      if (rest === undefined && this.options.durability === 'process-crash') {
        this.#writeWhole(contentId, head, target);
      } else {
        await this.#writeStream(contentId, joined(head, rest), target);
      }
    } catch (error) {
      this.remove(contentId);
      throw error;
    }
    return { contentId, sizeBytes: checksummer.sizeBytes, ...checksummer.digest() };
  }

  /** Synchronous: to open, write and close in the thread pool took a third of the time of an upload. */
  #writeWhole(contentId: ContentId, chunks: readonly Buffer[], { checksummer, maxBytes }: Target): void {
    const sizeBytes = chunks.reduce((sum, { length }) => sum + length, 0);
    if (sizeBytes > maxBytes) throw tooLarge(maxBytes);
    if (sizeBytes > 0) this.options.beforeWrite?.(sizeBytes);
    const file = openSync(this.#path(contentId), 'wx');
    try {
      for (const chunk of chunks) writeFileSync(file, chunk);
    } finally {
      closeSync(file);
    }
    for (const chunk of chunks) checksummer.update(chunk);
  }

  async #writeStream(contentId: ContentId, source: AsyncIterable<Buffer>, target: Target): Promise<void> {
    const handle = await open(this.#path(contentId), 'wx');
    try {
      await this.append(source, { handle, ...target });
      await this.flush(handle);
    } finally {
      await handle.close();
    }
  }

  /** Appends the source to the file. The checksummer includes only bytes that were written. */
  async append(source: AsyncIterable<Buffer>, target: AppendTarget): Promise<void> {
    let gathered: Buffer[] = [];
    let gatheredBytes = 0;
    const write = async (): Promise<void> => {
      if (gatheredBytes === 0) return;
      const whole =
        gathered.length === 1 && gathered[0] ? gathered[0] : Buffer.concat(gathered, gatheredBytes);
      gathered = [];
      gatheredBytes = 0;
      this.options.beforeWrite?.(whole.length);
      await target.handle.appendFile(whole);
      target.checksummer.update(whole);
    };
    try {
      for await (const chunk of source) {
        if (target.checksummer.sizeBytes + gatheredBytes + chunk.length > target.maxBytes) {
          throw tooLarge(target.maxBytes);
        }
        gathered.push(chunk);
        gatheredBytes += chunk.length;
        if (gatheredBytes >= WRITE_BYTES) await write();
      }
    } finally {
      await write();
    }
  }

  async flush(handle: FileHandle): Promise<void> {
    if (this.options.durability === 'power-loss') await handle.datasync();
  }

  /** Moves a complete file into this directory. Both are on the same file system. */
  async adopt(path: string): Promise<ContentId> {
    const contentId = newContentId();
    await rename(path, this.#path(contentId));
    return contentId;
  }

  /** Copies a file. The copy shares blocks if the file system supports it. */
  async copy(id: ContentId): Promise<ContentId> {
    const copyId = newContentId();
    try {
      await copyFile(this.#path(id), this.#path(copyId), constants.COPYFILE_FICLONE);
    } catch (error) {
      this.remove(copyId);
      throw error;
    }
    return copyId;
  }

  open(id: ContentId): Promise<FileHandle> {
    return open(this.#path(id), 'r');
  }

  /** In the background. Open readers keep the file; a removal that fails is repeated at the next start. */
  remove(id: ContentId): void {
    const removal = rm(this.#path(id), { force: true }).catch(() => undefined);
    this.#removals.add(removal);
    void removal.finally(() => this.#removals.delete(removal));
  }

  async close(): Promise<void> {
    await Promise.all(this.#removals);
  }

  #path(id: ContentId): string {
    return contentPath(this.options.directory, id);
  }
}

/** The chunks until at least `bytes` have arrived, and the rest if the source has not ended. */
async function split(
  source: AsyncIterable<Buffer>,
  bytes: number,
): Promise<{ readonly head: readonly Buffer[]; readonly rest: AsyncIterator<Buffer> | undefined }> {
  const head: Buffer[] = [];
  const iterator = source[Symbol.asyncIterator]();
  for (let gathered = 0; gathered < bytes; ) {
    const next = await iterator.next();
    if (next.done) return { head, rest: undefined };
    head.push(next.value);
    gathered += next.value.length;
  }
  return { head, rest: iterator };
}

async function* joined(
  head: readonly Buffer[],
  rest: AsyncIterator<Buffer> | undefined,
): AsyncGenerator<Buffer> {
  yield* head;
  if (rest !== undefined) yield* { [Symbol.asyncIterator]: () => rest };
}

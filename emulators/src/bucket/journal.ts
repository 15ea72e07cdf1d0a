/**
 * An append-only file of JSON lines and the state that they produce. Invariants:
 * - a line is complete or absent: an incomplete last line is removed at the next start, a failed write is removed at once;
 * - `apply` gets the entries in the order of the lines, both live and at replay;
 * - when a failed write cannot be removed, nothing more is appended, because it would follow half a line;
 * - `append` resolves after its line was written (with `power-loss` also flushed) and applied.
 * Appends during a write share the next write. When most lines are out of date, the file is written again from the state
 * and replaced by a rename.
 */

import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { UnavailableError } from '@hangtag/shared/errors.js';
import { readLines } from '@hangtag/shared/read-lines.js';
import type { Durability } from './content-files.js';

const MAX_BATCH = 1000;
const COMPACT_MIN_LINES = 20_000;
const SNAPSHOT_CHUNK_LINES = 1000;

export interface JournalOptions<Entry> {
  readonly path: string;
  readonly durability: Durability;
  /** Throws when the line is not an entry. */
  readonly parse: (line: string) => Entry;
  readonly apply: (entry: Entry) => void;
  /** The entries that produce the present state. */
  readonly snapshot: () => Iterable<Entry>;
  readonly beforeWrite?: ((bytes: number) => void) | undefined;
}

interface Waiting<Entry> {
  readonly entry: Entry;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class Journal<Entry> {
  #waiting: Waiting<Entry>[] = [];
  #draining: Promise<void> | undefined;
  /** The reason why nothing can be appended any more. */
  #closedReason: Error | undefined;
  #compactAtLines = COMPACT_MIN_LINES;

  private constructor(
    private readonly options: JournalOptions<Entry>,
    private handle: FileHandle,
    private lengthBytes: number,
    private lines: number,
  ) {}

  /** Replays the file, then opens it for appending. @throws {UnavailableError} a line other than the last is damaged. */
  static async open<Entry>(options: JournalOptions<Entry>): Promise<Journal<Entry>> {
    const handle = await open(options.path, 'a+');
    let lines = 0;
    let lengthBytes = 0;
    for await (const line of readLines(handle)) {
      lines += 1;
      try {
        options.apply(options.parse(line.text));
      } catch (error) {
        await handle.close();
        throw new UnavailableError(`Expected a journal entry in line ${lines} of ${options.path}`, {
          cause: error,
        });
      }
      lengthBytes = line.endByte;
    }
    await handle.truncate(lengthBytes);
    const journal = new Journal(options, handle, lengthBytes, lines);
    await journal.#compact();
    return journal;
  }

  append(entry: Entry): Promise<void> {
    if (this.#closedReason) return Promise.reject(this.#closedReason);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#draining ??= this.#drain();
    });
  }

  /** Writes all pending entries, then closes the file. */
  async close(): Promise<void> {
    this.#closedReason = new UnavailableError(`The journal ${this.options.path} is closed`);
    await this.#draining;
    await this.handle.close();
  }

  async #drain(): Promise<void> {
    // In a microtask, so that all appends of this turn share the first write.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.slice(0, MAX_BATCH);
      this.#waiting = this.#waiting.slice(MAX_BATCH);
      await this.#write(batch);
      if (this.lines >= this.#compactAtLines) await this.#compact();
    }
    this.#draining = undefined;
  }

  async #write(batch: readonly Waiting<Entry>[]): Promise<void> {
    const bytes = Buffer.from(batch.map(({ entry }) => `${JSON.stringify(entry)}\n`).join(''));
    try {
      this.options.beforeWrite?.(bytes.length);
      await this.handle.appendFile(bytes);
      await this.#flush(this.handle);
    } catch (error) {
      await this.#cutOff(error);
      for (const { reject } of batch) reject(error);
      return;
    }
    this.lengthBytes += bytes.length;
    this.lines += batch.length;
    for (const { entry, resolve } of batch) {
      this.options.apply(entry);
      resolve();
    }
  }

  async #cutOff(failure: unknown): Promise<void> {
    try {
      await this.handle.truncate(this.lengthBytes);
    } catch {
      this.#closedReason = new UnavailableError(`The journal ${this.options.path} ends in half a line`, {
        cause: failure,
      });
    }
  }

  /** A compaction that fails (a full disk) keeps the old file. The next one starts at twice the number of lines. */
  async #compact(): Promise<void> {
    const path = `${this.options.path}.new`;
    const next = await open(path, 'a').catch(() => undefined);
    try {
      if (next) await this.#replaceBy(next, path);
    } catch {
      // The old file is complete and stays in use.
      await next?.close();
      await rm(path, { force: true });
    }
    this.#compactAtLines = Math.max(COMPACT_MIN_LINES, 2 * this.lines);
  }

  async #replaceBy(next: FileHandle, path: string): Promise<void> {
    await next.truncate(0);
    const written = await this.#writeSnapshot(next);
    await rename(path, this.options.path);
    const previous = this.handle;
    this.handle = next;
    this.lines = written.lines;
    this.lengthBytes = written.bytes;
    await previous.close().catch(() => undefined);
  }

  async #writeSnapshot(handle: FileHandle): Promise<{ lines: number; bytes: number }> {
    const written = { lines: 0, bytes: 0 };
    let chunk: string[] = [];
    const write = async (): Promise<void> => {
      const bytes = Buffer.from(chunk.join(''));
      this.options.beforeWrite?.(bytes.length);
      await handle.appendFile(bytes);
      written.lines += chunk.length;
      written.bytes += bytes.length;
      chunk = [];
    };
    for (const entry of this.options.snapshot()) {
      chunk.push(`${JSON.stringify(entry)}\n`);
      if (chunk.length === SNAPSHOT_CHUNK_LINES) await write();
    }
    await write();
    await handle.datasync();
    return written;
  }

  async #flush(handle: FileHandle): Promise<void> {
    if (this.options.durability === 'power-loss') await handle.datasync();
  }
}

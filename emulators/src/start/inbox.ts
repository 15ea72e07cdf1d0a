/**
 * The folder where a user drops files by hand. The folder itself is the list of what is to be done: it is read again and
 * again, and every file that is not in the bucket as it is now goes into the queue. So no event can be missed, and what
 * could not be uploaded is found again. Reading a folder of 10,000 files takes about 60 ms; the pauses grow with that time.
 *
 *     seen ──unchanged for a while──► queued ──► taken ──changed──► seen ...
 */
import { lstatSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { pause } from '../processes/backoff.js';
import type { DropQueue } from './drop-queue.js';
import {
  LEFT_OUT,
  type LeftOut,
  type LeftOutReason,
  type PictureSource,
  pictureOf,
  walk,
} from './pictures.js';

/** A file is whole when it has not changed for so long; one that was seen growing gets more time. */
const STILL_MS = { copied: 300, growing: 2_000 };
/** The pause after a scan, as a multiple of its time. It is shorter while files are expected to become whole. */
const PAUSE_SHARE = 20;
const PAUSE_MS = { min: 150, active: 300, idle: 2_000 };
/** What is left out is reported after so long: unfinished files are usually renamed soon. */
const REPORTED_AFTER_MS = 3_000;
const MOST_NAMED = 5;

interface Seen {
  /** Size, times of change and inode: another value is another content. */
  signature: string;
  since: number;
  changes: number;
  /** The signature that is in the queue or done. */
  taken: string | undefined;
}

export interface InboxOptions extends PictureSource {
  readonly queue: DropQueue;
  readonly say: (line: string) => void;
}

export class Inbox {
  readonly #options: InboxOptions;
  readonly #files = new Map<string, Seen>();
  readonly #leftOut = new Map<
    string,
    { readonly why: LeftOutReason; readonly since: number; isReported: boolean }
  >();
  readonly #queued = new Set<string>();
  readonly #stopping = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  #isUnanswered = false;

  constructor(options: InboxOptions) {
    this.#options = options;
  }

  /** Resolves when the folder was read once. */
  async start(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    await this.#scan();
    this.#watching = this.#watch();
  }

  /** @returns how many files were still to be uploaded */
  async stop(): Promise<number> {
    this.#stopping.abort();
    await this.#watching;
    return this.#waiting();
  }

  #waiting(): number {
    let count = 0;
    for (const [path, { taken, signature }] of this.#files)
      if (taken !== signature || this.#queued.has(path)) count += 1;
    return count;
  }

  async #watch(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const startedAt = performance.now();
      await this.#scan();
      const wanted = Math.max(PAUSE_MS.min, PAUSE_SHARE * (performance.now() - startedAt));
      await pause(Math.min(wanted, this.#waiting() > 0 ? PAUSE_MS.active : PAUSE_MS.idle), signal);
    }
  }

  async #scan(): Promise<void> {
    const found = new Set<string>();
    for await (const each of walk(this.#options.folder)) {
      if (this.#stopping.signal.aborted) return;
      found.add(each.path);
      if (each.kind === 'file') this.#look(each.path);
      else if (!this.#leftOut.has(each.path))
        this.#leftOut.set(each.path, { why: each.why, since: Date.now(), isReported: false });
    }
    for (const known of [this.#files, this.#leftOut])
      for (const path of known.keys()) if (!found.has(path)) known.delete(path);
    this.#report();
  }

  #look(path: string): void {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return;
    const signature = `${stat.size} ${stat.mtimeMs} ${stat.ctimeMs} ${stat.ino}`;
    const seen = this.#files.get(path);
    if (seen?.signature !== signature) {
      const changes = seen === undefined ? 0 : seen.changes + 1;
      this.#files.set(path, { signature, since: Date.now(), changes, taken: seen?.taken });
    } else if (seen.taken !== signature) {
      const stillMs = seen.changes === 0 ? STILL_MS.copied : STILL_MS.growing;
      if (Date.now() - seen.since >= stillMs) void this.#take(path, seen);
    }
  }

  async #take(path: string, seen: Seen): Promise<void> {
    const { signature } = seen;
    seen.taken = signature;
    this.#queued.add(path);
    const outcome = await this.#options.queue
      .drop(pictureOf(path, this.#options), 'keep')
      .catch((error: unknown) => this.#sayOnce(error));
    this.#queued.delete(path);
    if (outcome === 'unanswered' || outcome === 'stopped') {
      // The next scan finds the file again.
      const now = this.#files.get(path);
      if (now?.taken === signature) now.taken = undefined;
    } else this.#isUnanswered = false;
  }

  #sayOnce(error: unknown): 'unanswered' {
    const message = error instanceof Error ? error.message : String(error);
    if (!this.#isUnanswered) this.#options.say(`${message}. Trying again.`);
    this.#isUnanswered = true;
    return 'unanswered';
  }

  #report(): void {
    const due = [...this.#leftOut].filter(
      ([, { since, isReported }]) => !isReported && Date.now() - since >= REPORTED_AFTER_MS,
    );
    for (const [, each] of due) each.isReported = true;
    for (const line of leftOutLines(due.map(([path, { why }]) => ({ path, why })))) this.#options.say(line);
  }
}

/** One line for each reason, with the first names. */
export function leftOutLines(all: readonly Pick<LeftOut, 'path' | 'why'>[]): readonly string[] {
  return Object.entries(LEFT_OUT).flatMap(([why, words]) => {
    const paths = all.filter((each) => each.why === why).map(({ path }) => path);
    if (paths.length === 0) return [];
    const rest = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
    return `Left out, ${words}: ${paths.slice(0, MOST_NAMED).join(', ')}${rest}`;
  });
}

/**
 * The folder into which a user copies files. It is scanned repeatedly, and every file whose present content is not in the bucket
 * is uploaded. So no change can be missed, and a failed upload is repeated. A scan of 10,000 files takes about 60 ms; the pause
 * after a scan grows with its duration. The states of a file:
 *
 *     seen ──unchanged for a while──► queued ──► taken ──changed──► seen ...
 */
import { lstatSync, type Stats } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { pause } from '../processes/backoff.js';
import { visible } from '../visible.js';
import type { DropQueue } from './drop-queue.js';
import {
  LEFT_OUT,
  type LeftOut,
  type LeftOutReason,
  type PictureSource,
  pictureOf,
  walk,
} from './pictures.js';

/** A file is complete if it has not changed for this time, which is longer if it has changed before. */
const STILL_MS = { copied: 300, growing: 2_000 };
/** The pause after a scan as a multiple of its duration. `active` is its limit while files wait, `idle` otherwise. */
const PAUSE_SHARE = 20;
const PAUSE_MS = { min: 150, active: 300, idle: 2_000 };
/** Files that are left out are reported after this time, because unfinished files are usually renamed soon. */
const REPORTED_AFTER_MS = 3_000;
const MOST_NAMED = 5;

interface Seen {
  /** Size, times of change and inode. A new value means a new content. */
  signature: string;
  since: number;
  changes: number;
  /** The signature of the content that is in the queue or uploaded. */
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

  /** Resolves after the first scan. */
  async start(): Promise<void> {
    await mkdir(this.#options.folder, { recursive: true });
    await this.#scan();
    this.#watching = this.#watch();
  }

  /** @returns the number of files that were not uploaded yet */
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
      else this.#leaveOut(each.path, each.why);
    }
    for (const known of [this.#files, this.#leftOut])
      for (const path of known.keys()) if (!found.has(path)) known.delete(path);
    this.#report();
  }

  #leaveOut(path: string, why: LeftOutReason): void {
    if (!this.#leftOut.has(path)) this.#leftOut.set(path, { why, since: Date.now(), isReported: false });
  }

  #look(path: string): void {
    const stat = statOf(path);
    if (stat === 'unreachable') this.#leaveOut(path, stat);
    if (stat === undefined || stat === 'unreachable') return;
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
      // The next scan takes the file again.
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

/** @returns undefined if the file has gone */
function statOf(path: string): Stats | undefined | 'unreachable' {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return 'unreachable';
  }
}

/** One line for each reason, with the first names. */
export function leftOutLines(all: readonly Pick<LeftOut, 'path' | 'why'>[]): readonly string[] {
  return Object.entries(LEFT_OUT).flatMap(([why, words]) => {
    const paths = all.filter((each) => each.why === why).map(({ path }) => visible(path));
    if (paths.length === 0) return [];
    const rest = paths.length > MOST_NAMED ? ` and ${paths.length - MOST_NAMED} more` : '';
    return `Left out, ${words}: ${paths.slice(0, MOST_NAMED).join(', ')}${rest}`;
  });
}

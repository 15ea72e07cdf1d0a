/**
 * Waits until every image has a terminal status. A listener can miss writes, so the records of the images that still wait are
 * read after each silence, the last time just before it gives up.
 */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { Results } from './results.js';

export interface SettlingOptions {
  readonly results: Results;
  /** Reads the records of these names. Names without a record are left out. */
  readonly read: (names: readonly string[]) => Promise<readonly ImageRecord[]>;
  /** Receives each record that was read. */
  readonly see: (record: ImageRecord) => void;
  /** The records are read after this time without a change, and then after twice the time, and so on. */
  readonly silenceMs: number;
  /** It gives up after this time without a change of any image. */
  readonly patienceMs: number;
}

export class Settling {
  readonly #options: SettlingOptions;
  #resolve: ((outcome: 'settled' | 'stalled') => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #silentMs = 0;
  #isClosed = false;

  constructor(options: SettlingOptions) {
    this.#options = options;
  }

  /** An image has changed. */
  touch(): void {
    this.#silentMs = 0;
    if (this.#options.results.waiting === 0) this.#end('settled');
    this.#readAfter(this.#options.silenceMs);
  }

  /** Must be called after all uploads: only then does it end when no image waits. */
  all(): Promise<'settled' | 'stalled'> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.touch();
    });
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  #readAfter(ms: number): void {
    clearTimeout(this.#timer);
    if (!this.#isClosed && this.#options.results.waiting > 0)
      this.#timer = setTimeout(() => this.#read(ms), ms);
  }

  async #read(afterMs: number): Promise<void> {
    const { results, read, see, patienceMs } = this.#options;
    const before = results.waiting;
    this.#silentMs += afterMs;
    const records = await read(results.waitingNames).catch(() => []);
    if (this.#isClosed) return;
    for (const record of records) see(record);
    if (results.waiting < before) return this.touch();
    const leftMs = patienceMs - this.#silentMs;
    if (leftMs <= 0) this.#end('stalled');
    this.#readAfter(leftMs > 0 ? Math.min(2 * afterMs, leftMs) : patienceMs);
  }

  #end(outcome: 'settled' | 'stalled'): void {
    this.#resolve?.(outcome);
    this.#resolve = undefined;
  }
}

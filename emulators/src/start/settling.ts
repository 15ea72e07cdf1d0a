/**
 * Waits until every image has a terminal status. A listener can miss writes, so after a silence the records of the images
 * that still wait are read, and again before it gives up: what it calls lost was just seen to be unfinished.
 */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { Results } from './results.js';

export interface SettlingOptions {
  readonly results: Results;
  /** Reads the records of these names; a name without a record has none. */
  readonly read: (names: readonly string[]) => Promise<readonly ImageRecord[]>;
  /** Takes what was read. */
  readonly see: (record: ImageRecord) => void;
  /** A silence after which the records are read. Each further silence is twice as long. */
  readonly silenceMs: number;
  /** Without a change of any image for so long, it gives up. */
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

  /** Call it when everything was dropped: only then does an empty waiting list mean the end. */
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

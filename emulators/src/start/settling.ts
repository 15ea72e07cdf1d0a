/**
 * Waits until every image has reached a terminal status. It gives up when nothing has moved for a while, so that a
 * stack that lost an image is reported and not waited for.
 */
import type { Results } from './results.js';

export class Settling {
  readonly #results: Results;
  readonly #patienceMs: number;
  #settle: ((outcome: 'settled' | 'stalled') => void) | undefined;
  #patience: NodeJS.Timeout | undefined;

  constructor(results: Results, patienceMs: number) {
    this.#results = results;
    this.#patienceMs = patienceMs;
  }

  /** Something happened to an image. */
  touch(): void {
    if (this.#settle === undefined) return;
    clearTimeout(this.#patience);
    if (this.#results.waiting === 0) this.#end('settled');
    else this.#patience = setTimeout(() => this.#end('stalled'), this.#patienceMs);
  }

  /** Call once everything was dropped: an empty waiting list means the end only then. */
  all(): Promise<'settled' | 'stalled'> {
    return new Promise((resolve) => {
      this.#settle = resolve;
      this.touch();
    });
  }

  #end(outcome: 'settled' | 'stalled'): void {
    this.#settle?.(outcome);
    this.#settle = undefined;
  }
}

import { Turns } from './turns.js';

/** At most so many pieces of work at once; the others wait, and their owners take turns. Waiting costs one queue entry. */
export class Slots {
  #free: number;
  readonly #waiting = new Turns<{
    readonly resolve: () => void;
    readonly reject: (reason: unknown) => void;
  }>();

  constructor(
    count: number,
    private readonly closing: AbortSignal,
  ) {
    this.#free = count;
    closing.addEventListener('abort', () => this.#rejectWaiting(), { once: true });
  }

  /** @throws the signal's reason, where it is aborted before the work's turn. */
  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    this.closing.throwIfAborted();
    await this.#take(owner);
    try {
      return await work();
    } finally {
      this.#giveBack();
    }
  }

  #take(owner: string): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push(owner, { resolve, reject });
    });
  }

  /** The slot goes to the next in line without becoming free in between. */
  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next.resolve();
  }

  #rejectWaiting(): void {
    for (const { reject } of this.#waiting.drain()) reject(this.closing.reason);
  }
}

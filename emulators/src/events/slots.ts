/** At most so many pieces of work at once; the others wait in the order they came. Waiting costs one queue entry. */
export class Slots {
  #free: number;
  #waiting: { readonly resolve: () => void; readonly reject: (reason: unknown) => void }[] = [];
  #next = 0;

  constructor(
    count: number,
    private readonly closing: AbortSignal,
  ) {
    this.#free = count;
    closing.addEventListener('abort', () => this.#rejectWaiting(), { once: true });
  }

  /** @throws the signal's reason, where it is aborted before the work's turn. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.closing.throwIfAborted();
    await this.#take();
    try {
      return await work();
    } finally {
      this.#giveBack();
    }
  }

  #take(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The slot goes to the next in line without becoming free in between. */
  #giveBack(): void {
    const next = this.#waiting[this.#next];
    if (next === undefined) {
      this.#free += 1;
      this.#waiting = [];
      this.#next = 0;
      return;
    }
    this.#next += 1;
    next.resolve();
  }

  #rejectWaiting(): void {
    const waiting = this.#waiting.slice(this.#next);
    this.#waiting = [];
    this.#next = 0;
    for (const { reject } of waiting) reject(this.closing.reason);
  }
}

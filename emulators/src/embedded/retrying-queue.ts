/**
 * Pub/Sub's promise inside one process: every message is handed over until a handler returns, a bounded number at a
 * time, with exponential backoff between tries. What a crash leaves undone is found again in the records.
 */
export interface QueueOptions {
  readonly concurrency: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
}

export type Deliver<T> = (message: T, deliveryAttempt: number) => Promise<void>;

interface Waiting<T> {
  readonly message: T;
  readonly attempt: number;
}

export class RetryingQueue<T> {
  readonly #waiting: Waiting<T>[] = [];
  readonly #working = new Set<Promise<void>>();
  readonly #backingOff = new Set<NodeJS.Timeout>();
  readonly #deliver: Deliver<T>;
  readonly #options: QueueOptions;
  #stopped = false;

  constructor(deliver: Deliver<T>, options: QueueOptions) {
    this.#deliver = deliver;
    this.#options = options;
  }

  push(message: T): void {
    this.#enqueue({ message, attempt: 1 });
  }

  /** Lets what is in flight end and starts nothing more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#backingOff) clearTimeout(timer);
    await Promise.all(this.#working);
  }

  #enqueue(next: Waiting<T>): void {
    this.#waiting.push(next);
    this.#fill();
  }

  #fill(): void {
    while (this.#working.size < this.#options.concurrency && !this.#stopped) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const work = this.#handOver(next).finally(() => {
        this.#working.delete(work);
        this.#fill();
      });
      this.#working.add(work);
    }
  }

  async #handOver({ message, attempt }: Waiting<T>): Promise<void> {
    try {
      await this.#deliver(message, attempt);
    } catch {
      // The handler has logged it. While a message backs off, its place is free for the others.
      this.#later({ message, attempt: attempt + 1 });
    }
  }

  #later(next: Waiting<T>): void {
    if (this.#stopped) return;
    const { minBackoffMs, maxBackoffMs } = this.#options;
    const backoffMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** (next.attempt - 2));
    const timer = setTimeout(() => {
      this.#backingOff.delete(timer);
      this.#enqueue(next);
    }, backoffMs);
    this.#backingOff.add(timer);
  }
}

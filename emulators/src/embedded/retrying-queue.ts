/**
 * Delivers messages inside one process as Pub/Sub does: a limited number at the same time, each until its handler returns, with
 * exponential backoff between attempts. The owners of waiting messages take turns. The queue is lost in a crash; it is filled
 * again from the records.
 */
import { Turns } from '../events/turns.js';
import { backoff } from '../processes/backoff.js';

export interface QueueOptions {
  readonly concurrency: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** While this other queue is busy, only one message is delivered at a time. */
  readonly yieldsTo?: { readonly isBusy: boolean };
}

export type Deliver<T> = (message: T, deliveryAttempt: number) => Promise<void>;

interface Waiting<T> {
  readonly owner: string;
  readonly message: T;
  readonly attempt: number;
}

export class RetryingQueue<T> {
  readonly #waiting = new Turns<Waiting<T>>();
  readonly #working = new Set<Promise<void>>();
  readonly #backingOff = new Set<NodeJS.Timeout>();
  readonly #deliver: Deliver<T>;
  readonly #options: QueueOptions;
  #stopped = false;

  constructor(deliver: Deliver<T>, options: QueueOptions) {
    this.#deliver = deliver;
    this.#options = options;
  }

  push(owner: string, message: T): void {
    this.#enqueue({ owner, message, attempt: 1 });
  }

  /** Waits for the deliveries in progress and starts no others. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#backingOff) clearTimeout(timer);
    await Promise.all(this.#working);
  }

  get isBusy(): boolean {
    return this.#working.size > 0;
  }

  get #limit(): number {
    return this.#options.yieldsTo?.isBusy ? 1 : this.#options.concurrency;
  }

  #enqueue(next: Waiting<T>): void {
    this.#waiting.push(next.owner, next);
    this.#fill();
  }

  #fill(): void {
    while (this.#working.size < this.#limit && !this.#stopped) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const work = this.#attempt(next).finally(() => {
        this.#working.delete(work);
        this.#fill();
      });
      this.#working.add(work);
    }
  }

  async #attempt(taken: Waiting<T>): Promise<void> {
    try {
      await this.#deliver(taken.message, taken.attempt);
    } catch {
      // The handler has logged the error. A message that waits for its next attempt takes up no slot.
      this.#retryLater(taken);
    }
  }

  #retryLater(failed: Waiting<T>): void {
    if (this.#stopped) return;
    const { minBackoffMs: min, maxBackoffMs: max } = this.#options;
    const timer = setTimeout(
      () => {
        this.#backingOff.delete(timer);
        this.#enqueue({ ...failed, attempt: failed.attempt + 1 });
      },
      backoff(failed.attempt, { min, max }),
    );
    this.#backingOff.add(timer);
  }
}

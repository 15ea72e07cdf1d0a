/** A queue in which owners take turns: first in, first out for each owner, and one item of each owner in a round. */
export class Turns<T> {
  /** The next owner is the first. An owner with no items has no entry. */
  readonly #items = new Map<string, T[]>();

  push(owner: string, item: T): void {
    const waiting = this.#items.get(owner);
    if (waiting === undefined) this.#items.set(owner, [item]);
    else waiting.push(item);
  }

  /** Removes and returns the next item. */
  shift(): T | undefined {
    for (const [owner, waiting] of this.#items) {
      const item = waiting.shift();
      // Deleting and setting again moves the owner to the end of the round.
      this.#items.delete(owner);
      if (waiting.length > 0) this.#items.set(owner, waiting);
      return item;
    }
    return undefined;
  }
}

/**
 * Runs at most `count` pieces of work at once. The rest wait, and their owners take turns. (p-queue was measured equal in
 * speed, but its interface for a queue of one's own is longer than this class.)
 */
export class Slots {
  readonly #waiting = new Turns<() => void>();
  #free: number;

  constructor(count: number) {
    this.#free = count;
  }

  async run<T>(owner: string, work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((start) => this.#waiting.push(owner, start));
    try {
      return await work();
    } finally {
      this.#passOn();
    }
  }

  /** Gives the slot to the next in the queue. It is free only when nothing waits. */
  #passOn(): void {
    const startNext = this.#waiting.shift();
    if (startNext === undefined) this.#free += 1;
    else startNext();
  }
}

/** A line in which owners take turns: first come first served among what one owner waits for, and one of each in a round. */
export class Turns<T> {
  /** Whose turn it is comes first; an owner who waits for nothing is not in it. */
  readonly #lines = new Map<string, T[]>();

  push(owner: string, item: T): void {
    const line = this.#lines.get(owner);
    if (line === undefined) this.#lines.set(owner, [item]);
    else line.push(item);
  }

  /** Takes what is next out of the line. */
  shift(): T | undefined {
    for (const [owner, line] of this.#lines) {
      const item = line.shift();
      // To the back of the round.
      this.#lines.delete(owner);
      if (line.length > 0) this.#lines.set(owner, line);
      return item;
    }
    return undefined;
  }

  /** Takes out all that waits. */
  drain(): T[] {
    const items = [...this.#lines.values()].flat();
    this.#lines.clear();
    return items;
  }
}

/**
 * One writer at a time for each name. All names of one piece of work are taken in the same turn of the event loop,
 * so two pieces of work that share names queue in one order and cannot wait for each other.
 */
export class NameLocks {
  readonly #tails = new Map<string, Promise<void>>();

  async run<T>(names: readonly string[], work: () => Promise<T>): Promise<T> {
    const before = names.map((name) => this.#tails.get(name));
    let release = (): void => {};
    const done = new Promise<void>((resolve) => {
      release = resolve;
    });
    for (const name of names) this.#tails.set(name, done);
    await Promise.all(before);
    try {
      return await work();
    } finally {
      for (const name of names) if (this.#tails.get(name) === done) this.#tails.delete(name);
      release();
    }
  }
}

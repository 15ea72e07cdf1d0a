/**
 * One writer at a time for each name. All names of one call are locked in the same turn of the event loop, so calls that
 * share names run in one order and cannot deadlock. (async-mutex has no lock for several names.)
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

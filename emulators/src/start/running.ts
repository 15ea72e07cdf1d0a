/** Everything that was asked to start, ended in the opposite order: who delivers before who receives. */
export class Running {
  readonly #stops: Promise<() => Promise<unknown>>[] = [];

  /** Whatever is still starting when all must end is awaited and ended too. */
  add<T>(starting: Promise<T>, stop: (part: T) => unknown): Promise<T> {
    const neverStarted = () => async () => undefined;
    this.#stops.push(starting.then((part) => async () => stop(part), neverStarted));
    return starting;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await (await stop)();
  }
}

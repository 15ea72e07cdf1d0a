/** Stops parts in the reverse order of their start, so that a sender stops before its receiver. */
export class Running {
  readonly #stops: Promise<() => Promise<unknown>>[] = [];

  /** A part that is still starting at `stop` is awaited and then stopped. */
  add<T>(starting: Promise<T>, stop: (part: T) => unknown): Promise<T> {
    const neverStarted = () => async () => undefined;
    this.#stops.push(starting.then((part) => async () => stop(part), neverStarted));
    return starting;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await (await stop)();
  }
}

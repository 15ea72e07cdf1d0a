/** Stops parts in the reverse order of their start, so that a sender stops before its receiver. */
export class Running {
  readonly #stops: Promise<() => Promise<unknown>>[] = [];
  #isStopped = false;

  /** A part that is still starting at `stop` is awaited and then stopped, and so is one that is added later. */
  add<T>(starting: Promise<T>, stop: (part: T) => unknown): Promise<T> {
    const neverStarted = () => async () => undefined;
    this.#stops.push(starting.then((part) => async () => stop(part), neverStarted));
    // The failure that stopped the others is the one to report.
    if (this.#isStopped) void this.stop().catch(() => undefined);
    return starting;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    for (const stop of this.#stops.splice(0).reverse()) await (await stop)();
  }
}

/** A bounded number of things at once: whoever wants more waits for one to be given back. */
export class Slots {
  #free: number;
  #waiting: (() => void) | undefined;

  constructor(readonly total: number) {
    this.#free = total;
  }

  get free(): number {
    return this.#free;
  }

  /** For one waiter at a time. */
  async untilFree(): Promise<void> {
    if (this.#free > 0) return;
    await new Promise<void>((resolve) => {
      this.#waiting = resolve;
    });
  }

  take(): void {
    this.#free -= 1;
  }

  giveBack(): void {
    this.#free += 1;
    this.#waiting?.();
  }
}

/** Timers that one call ends together. */
export class Waits {
  readonly #open = new Map<NodeJS.Timeout, (reason: unknown) => void>();

  /** @throws what `end` is given, where that comes first. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#open.delete(timer);
        resolve();
      }, ms);
      this.#open.set(timer, reject);
    });
  }

  end(reason: unknown): void {
    for (const [timer, reject] of this.#open) {
      clearTimeout(timer);
      reject(reason);
    }
    this.#open.clear();
  }
}

const LONGEST_MS = 60_000;

/**
 * Firebase's SDK notices after 25 to 35 s that a connection gets no answer, and after a long absence of Firestore it waits up to
 * 60 s before it tries again. This opens the connections anew before that, while something waits for an answer.
 */
export class Reconnecting {
  readonly #reconnect: () => void;
  readonly #firstMs: number;
  #unanswered = 0;
  #stop = () => {};

  /** @param firstMs the time until the first attempt; each one waits twice as long as the one before, up to 60 s */
  constructor(reconnect: () => void, firstMs: number) {
    this.#reconnect = reconnect;
    this.#firstMs = firstMs;
  }

  /** @returns ends the attempts */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout>;
    const wait = (ms: number) => {
      timer = setTimeout(() => {
        this.#reconnect();
        // A slow connection gets the time that it needs.
        wait(Math.min(ms * 2, LONGEST_MS));
      }, ms);
    };
    wait(this.#firstMs);
    return () => clearTimeout(timer);
  }

  /** The same until this write is answered. Writes are answered one after the other, so the time counts from the last answer. */
  async until<T>(write: Promise<T>): Promise<T> {
    if (this.#unanswered === 0) this.#stop = this.start();
    this.#unanswered += 1;
    try {
      return await write;
    } finally {
      this.#unanswered -= 1;
      this.#stop();
      if (this.#unanswered > 0) this.#stop = this.start();
    }
  }

  /** For the end of the connections: what was not answered by then is not any more. */
  close(): void {
    this.#stop();
  }
}

import type { IncomingMessage } from 'node:http';

/** Holds chunks of resumable uploads, so that a test can act in the middle of one. */
export class UploadGate {
  #remaining = Number.POSITIVE_INFINITY;
  #opened: Promise<void> = Promise.resolve();
  #resolve = (): void => {};

  /** Lets this number of chunks pass, and holds the next ones until `open`. */
  closeAfter(chunks: number): void {
    this.#remaining = chunks;
    this.#opened = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  open(): void {
    this.#remaining = Number.POSITIVE_INFINITY;
    this.#resolve();
  }

  /** For the hook of the server before a request. */
  async pass({ headers }: IncomingMessage): Promise<void> {
    if (!String(headers['x-goog-upload-command']).startsWith('upload')) return;
    if (this.#remaining > 0) this.#remaining -= 1;
    else await this.#opened;
  }
}

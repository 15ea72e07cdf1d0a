/** A file of rows, which are turned to text and written some hundred at once. */
import type { FileSink } from '@hangtag/shared/ports/file-store.js';

const BATCH_ROWS = 500;

export class BatchedRows<Row> {
  readonly #sink: FileSink;
  readonly #textOf: (rows: readonly Row[]) => string;
  #pending: Row[] = [];
  #head: string;
  #rows = 0;

  /** @param head the text before the first row, which an empty file has too */
  constructor(sink: FileSink, textOf: (rows: readonly Row[]) => string, head = '') {
    this.#sink = sink;
    this.#textOf = textOf;
    this.#head = head;
  }

  /** Without the head. */
  get rows(): number {
    return this.#rows;
  }

  async add(row: Row): Promise<void> {
    this.#rows += 1;
    if (this.#pending.push(row) >= BATCH_ROWS) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#sink.close();
  }

  abort(): void {
    this.#sink.abort();
  }

  async #flush(): Promise<void> {
    const text = this.#head + this.#textOf(this.#pending.splice(0));
    this.#head = '';
    if (text !== '') await this.#sink.write(text);
  }
}

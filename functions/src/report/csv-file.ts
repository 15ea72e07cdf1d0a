import type { FileSink } from '@hangtag/shared/ports/file-store.js';
import { stringify } from 'csv-stringify/sync';

/** Rows gathered before they are turned to text together. */
const BATCH_ROWS = 500;

export type CsvRow = readonly (string | number | boolean | null)[];

/**
 * Comma-separated values by RFC 4180. A cell that a spreadsheet would run as a formula gets an apostrophe before it:
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
export class CsvFile {
  readonly #sink: FileSink;
  readonly #byteOrderMark: string;
  #pending: CsvRow[];
  #isOpen = false;
  #rows = 0;

  constructor(sink: FileSink, columns: readonly string[], { byteOrderMark }: CsvOptions) {
    this.#sink = sink;
    this.#byteOrderMark = byteOrderMark === 'utf-8' ? '\uFEFF' : '';
    this.#pending = [columns];
  }

  /** Without the header. */
  get rows(): number {
    return this.#rows;
  }

  async add(row: CsvRow): Promise<void> {
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
    const text = stringify(this.#pending, {
      record_delimiter: 'windows',
      escape_formulas: true,
      quoted_match: /[\r\n]/,
      cast: { boolean: String },
    });
    const prefix = this.#isOpen ? '' : this.#byteOrderMark;
    this.#isOpen = true;
    this.#pending = [];
    await this.#sink.write(prefix + text);
  }
}

export interface CsvOptions {
  /** `utf-8` makes old spreadsheets read accents and emoji rightly; most other programs are better off without. */
  readonly byteOrderMark: 'utf-8' | 'none';
}

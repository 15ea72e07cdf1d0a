import type { FileSink } from '@hangtag/shared/ports/file-store.js';
import { stringify } from 'csv-stringify/sync';

/** Rows that are turned to text together. */
const BATCH_ROWS = 500;

export type CsvRow = readonly (string | number | boolean | null)[];

/**
 * The beginnings of text that a spreadsheet treats as a formula, in a cell or in a part of it. If the locale of the system
 * separates cells by `;` or a tab, one of these cells becomes several cells, and their quotes become text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /(^|[;,|\t\r\n])([ \u00A0\f\v"]*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/** Comma-separated values by RFC 4180. Every cell is quoted, and every formula has an apostrophe before it. */
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

  /** The header is not counted. */
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
    const text = csvText(this.#pending);
    const prefix = this.#isOpen ? '' : this.#byteOrderMark;
    this.#isOpen = true;
    this.#pending = [];
    await this.#sink.write(prefix + text);
  }
}

/** Rows in the form of these files. */
export function csvText(rows: readonly CsvRow[]): string {
  return stringify(rows.map(harmless), {
    record_delimiter: 'windows',
    quoted: true,
    quoted_empty: true,
    cast: { boolean: String },
  });
}

function harmless(row: CsvRow): CsvRow {
  return row.map((cell) => (typeof cell === 'string' ? cell.replace(FORMULA, "$1$2'") : cell));
}

export interface CsvOptions {
  /** Some spreadsheets need `utf-8` to read accents and emoji; many other programs take it for part of the first cell. */
  readonly byteOrderMark: 'utf-8' | 'none';
}

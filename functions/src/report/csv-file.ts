import type { FileSink } from '@hangtag/shared/ports/file-store.js';
import { stringify } from 'csv-stringify/sync';
import { BatchedRows } from './batched-rows.js';

export type CsvRow = readonly (string | number | boolean | null)[];

/**
 * The beginnings of text that a spreadsheet treats as a formula, in a cell or in a part of it. If the locale of the system
 * separates cells by `;` or a tab, one of these cells becomes several cells, and their quotes become text.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const FORMULA = /(^|[;,|\t\r\n])([ \u00A0\f\v"]*)(?=[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

export type CsvFile = BatchedRows<CsvRow>;

/** Comma-separated values by RFC 4180. Every cell is quoted, and every formula has an apostrophe before it. */
export function csvFile(sink: FileSink, columns: readonly string[], { byteOrderMark }: CsvOptions): CsvFile {
  const mark = byteOrderMark === 'utf-8' ? '\uFEFF' : '';
  return new BatchedRows(sink, csvText, mark + csvText([columns]));
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

import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** One row of a label file: which picture, and what it shows. */
export interface LabelledName {
  /** A path below the folder of images, or a name without its ending. */
  readonly name: string;
  readonly label: string;
}

/** Keep the rows whose column has this value. */
export interface RowFilter {
  readonly column: string;
  readonly value: string;
}

const rowsSchema = z.array(z.record(z.string(), z.string()));

/** What a file may call its two columns. */
const COLUMNS = [
  { name: 'file', label: 'label' },
  { name: 'id', label: 'articleType' },
] as const;

/**
 * Reads a CSV (RFC 4180, with a header) that names its pictures and labels as `file,label` or `id,articleType`;
 * other columns may stand beside them.
 * @throws {TypeError} the columns, or that of the filter, are not there.
 */
export async function readLabels(path: string, filter?: RowFilter): Promise<readonly LabelledName[]> {
  const text = await readFile(path, 'utf8');
  const rows = rowsSchema.parse(
    parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }),
  );
  const header = Object.keys(rows[0] ?? {});
  const columns = COLUMNS.find(({ name, label }) => header.includes(name) && header.includes(label));
  if (columns === undefined) {
    throw new TypeError(
      `Expected the columns file,label or id,articleType in ${path} but received ${header.join(',') || 'no rows'}`,
    );
  }
  if (filter !== undefined && !header.includes(filter.column)) {
    throw new TypeError(`Expected the column ${filter.column} in ${path} but received ${header.join(',')}`);
  }
  return rows
    .filter((row) => filter === undefined || row[filter.column] === filter.value)
    .map((row) => ({ name: row[columns.name] ?? '', label: row[columns.label] ?? '' }));
}

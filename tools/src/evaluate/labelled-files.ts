import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** One row of a label file: a picture and its label. */
export interface LabelledName {
  /** A path in the folder of images, or a file name without its extension. */
  readonly name: string;
  readonly label: string;
}

/** Selects the rows whose column has this value. */
export interface RowFilter {
  readonly column: string;
  readonly value: string;
}

const rowsSchema = z.array(z.record(z.string(), z.string()));

/** The accepted names of the two columns. */
const COLUMNS = [
  { name: 'file', label: 'label' },
  { name: 'id', label: 'articleType' },
] as const;

/**
 * Reads a CSV file (RFC 4180, with a header) with the columns `file,label` or `id,articleType`; other columns are allowed.
 * @throws {TypeError} the columns, or the column of the filter, are missing
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

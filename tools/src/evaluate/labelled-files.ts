import { readFile } from 'node:fs/promises';
import { NONE_OF_THE_LABELS } from '@hangtag/shared/domain/delivery-figures.js';
import { InputError } from '@hangtag/shared/errors.js';
import { parse } from 'csv-parse/sync';
import { z } from 'zod';

/** One row of a label file: a picture and its label. */
export interface LabelledName {
  /** A path in the folder of images, or a file name without its extension. */
  readonly name: string;
  /** `NONE_OF_THE_LABELS` if the row's is empty. */
  readonly label: string;
  /** Where the picture is from, for figures of each source apart. */
  readonly source: string;
}

const ONE_SOURCE = 'all';

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
  { name: 'image', label: 'label' },
] as const;

/** Which rows are read, and how. */
export interface LabelSelection {
  readonly filter?: RowFilter | undefined;
  /** The column that names the source of each picture; without it, all are of one source. */
  readonly sourceColumn?: string | undefined;
}

/**
 * Reads a CSV file (RFC 4180, with a header) with the columns `file,label`, `image,label` or `id,articleType`; other columns
 * are allowed. An empty label means that the picture shows none of the model's labels.
 * @throws {InputError} it is not CSV, or the columns, or a column of the selection, are missing
 */
export async function readLabels(
  path: string,
  { filter, sourceColumn }: LabelSelection = {},
): Promise<readonly LabelledName[]> {
  const text = await readFile(path, 'utf8');
  const rows = parseCsv(path, text);
  const header = Object.keys(rows[0] ?? {});
  const columns = COLUMNS.find(({ name, label }) => header.includes(name) && header.includes(label));
  if (columns === undefined) {
    throw new InputError(
      `Expected the columns file,label or image,label or id,articleType in ${path} but received ${header.join(',') || 'no rows'}`,
    );
  }
  for (const column of [filter?.column, sourceColumn]) {
    if (column !== undefined && !header.includes(column))
      throw new InputError(`Expected the column ${column} in ${path} but received ${header.join(',')}`);
  }
  return rows
    .filter((row) => filter === undefined || row[filter.column] === filter.value)
    .map((row) => ({
      name: row[columns.name] ?? '',
      label: row[columns.label] || NONE_OF_THE_LABELS,
      source: sourceColumn === undefined ? ONE_SOURCE : (row[sourceColumn] ?? ''),
    }));
}

function parseCsv(path: string, text: string): z.infer<typeof rowsSchema> {
  try {
    return rowsSchema.parse(parse(text, { columns: true, bom: true, skip_empty_lines: true, trim: true }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`Expected ${path} to be a CSV file but received ${reason}`, { cause });
  }
}

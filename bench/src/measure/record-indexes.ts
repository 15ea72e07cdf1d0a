/** The indexes of the records by a file of indexes, and how evenly writes are distributed over each of them. */
import type { FileIndex, Indexes } from '@hangtag/emulators/indexes/index-file.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { hottestShare } from '../hot-ranges.js';
import type { RecordWrite } from '../synthetic/record-writes.js';

export interface RecordIndex {
  /** The paths in their order. An index over all tenants ends with `@all`. */
  readonly name: string;
  readonly fields: FileIndex['fields'];
}

export interface IndexHeat {
  readonly name: string;
  /** Of all writes of records, 0 to 1, the share that the busiest of 256 ranges of the index gets. */
  readonly share: number;
}

/** Ascending and descending indexes of the same fields have the same entries, so they are one here. */
export function recordIndexes(indexes: Indexes, writes: readonly RecordWrite[]): readonly RecordIndex[] {
  const declared = indexes.entries
    .filter(({ collectionGroup }) => collectionGroup === IMAGES)
    .map(({ fields, queryScope }) => ({
      name: `${fields.map(({ fieldPath }) => fieldPath).join('+')}${queryScope === 'COLLECTION' ? '' : '@all'}`,
      fields,
    }));
  const all = [...singleIndexes(indexes, writes), ...declared];
  return [...new Map(all.map((index) => [index.name, index])).values()];
}

/** Those that Firestore makes of its own accord, for the fields that occur in the records. */
function singleIndexes(indexes: Indexes, writes: readonly RecordWrite[]): readonly RecordIndex[] {
  const paths = new Set(writes.flatMap(({ record }) => fieldPaths(record)));
  return [...paths].flatMap((fieldPath) => {
    const modes = indexes.modes(IMAGES, 'COLLECTION', fieldPath);
    const isList = writes.some(({ record }) => Array.isArray(valueAt(record, fieldPath)));
    if (modes.includes('CONTAINS') && isList)
      return [{ name: fieldPath, fields: [{ fieldPath, arrayConfig: 'CONTAINS' as const }] }];
    return modes.some((mode) => mode !== 'CONTAINS') ? [{ name: fieldPath, fields: [{ fieldPath }] }] : [];
  });
}

export function indexHeat(index: RecordIndex, writes: readonly RecordWrite[]): IndexHeat {
  const entries = writes.flatMap(({ before, record, imageId }) => {
    const known = new Set(before === undefined ? [] : entriesOf(index, before, imageId));
    return entriesOf(index, record, imageId).filter((entry) => !known.has(entry));
  });
  return { name: index.name, share: hottestShare(entries, writes.length) };
}

/** No entry if a field is missing; several if the index is of the values of a list. An entry ends with the id. */
function entriesOf({ fields }: RecordIndex, record: object, imageId: string): readonly string[] {
  const columns = fields.map(({ fieldPath, arrayConfig, vectorConfig }) => {
    const value = valueAt(record, fieldPath);
    if (value === undefined || (vectorConfig && value === null)) return [];
    if (arrayConfig) return Array.isArray(value) ? value.map(sortable) : [];
    return [sortable(value)];
  });
  return columns
    .reduce((rows, column) => rows.flatMap((row) => column.map((value) => `${row}${value}\u0000`)), [''])
    .map((row) => row + imageId);
}

/** The fields of a map are included. */
function fieldPaths(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    const isMap = inner !== null && typeof inner === 'object' && !Array.isArray(inner);
    return isMap ? fieldPaths(inner, `${path}.`) : [path];
  });
}

function valueAt(record: object, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (value !== null && typeof value === 'object' ? Reflect.get(value, name) : undefined),
      record,
    );
}

const DIGITS = 20;

/** Text that sorts like the values of records, which are never negative. */
function sortable(value: unknown): string {
  if (typeof value !== 'number') return String(value);
  return value.toFixed(6).padStart(DIGITS, '0');
}

/** The indexes that Firestore keeps of the records, as `firestore.indexes.json` declares them, and the entries that a record has. */
import { readFile } from 'node:fs/promises';
import type { ImageId } from '@hangtag/shared/domain/identity.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { z } from 'zod';

const declarations = z.object({
  indexes: z.array(
    z.object({
      collectionGroup: z.string(),
      queryScope: z.string(),
      fields: z.array(z.object({ fieldPath: z.string() })),
    }),
  ),
  fieldOverrides: z.array(z.object({ collectionGroup: z.string(), fieldPath: z.string() })),
});

export interface RecordIndex {
  readonly name: string;
  /** Field paths in their order. */
  readonly fields: readonly string[];
}

const FILE = new URL('../../../firestore.indexes.json', import.meta.url);
const IMAGES = 'images';

/** The declared ones, and one for each plain field that no override takes out: those are made of themselves. */
export async function recordIndexes(example: ImageRecord): Promise<readonly RecordIndex[]> {
  const { indexes, fieldOverrides } = declarations.parse(JSON.parse(await readFile(FILE, 'utf8')));
  const ours = indexes.filter(({ collectionGroup }) => collectionGroup === IMAGES);
  const taken = new Set(
    fieldOverrides.flatMap(({ collectionGroup, fieldPath }) => (collectionGroup === IMAGES ? fieldPath : [])),
  );
  const single = fieldPaths(example).filter(
    (path) => !taken.has(path) && !taken.has(path.split('.')[0] ?? ''),
  );
  return [
    ...single.map((path) => ({ name: path, fields: [path] })),
    ...ours.map(({ fields, queryScope }) => declared(fields, queryScope)),
  ];
}

/** The same fields may be indexed for one tenant's collection and for those of all: the latter are marked. */
function declared(fields: readonly { readonly fieldPath: string }[], queryScope: string): RecordIndex {
  const paths = fields.map(({ fieldPath }) => fieldPath);
  return { name: `${paths.join('+')}${queryScope === 'COLLECTION' ? '' : '@all'}`, fields: paths };
}

/** What a record has in an index: its values, and its id, by which Firestore tells equal values apart. */
export function entryOf(index: RecordIndex, record: ImageRecord, imageId: ImageId): string {
  return [...index.fields.map((path) => sortable(valueAt(record, path))), imageId].join('\u0000');
}

/** Paths of plain values; a map counts by its fields, a list not at all. */
function fieldPaths(value: object, prefix = ''): string[] {
  return Object.entries(value).flatMap(([name, inner]) => {
    const path = `${prefix}${name}`;
    if (Array.isArray(inner)) return [];
    return inner !== null && typeof inner === 'object' ? fieldPaths(inner, `${path}.`) : [path];
  });
}

function valueAt(record: ImageRecord, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, name) => (value !== null && typeof value === 'object' ? Reflect.get(value, name) : undefined),
      record,
    );
}

const DIGITS = 20;

/** Text that sorts as the values do, as far as records hold them: none is negative. */
function sortable(value: unknown): string {
  if (typeof value !== 'number') return String(value);
  return value.toFixed(6).padStart(DIGITS, '0');
}

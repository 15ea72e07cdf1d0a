/** The indexes of the records, as declared in `firestore.indexes.json`, and the entries of a record in them. */
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

/** The declared ones, and one for each scalar field without an override: Firestore creates those itself. */
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

/** The same fields may be indexed for one tenant's collection and for all tenants; the latter have a mark. */
function declared(fields: readonly { readonly fieldPath: string }[], queryScope: string): RecordIndex {
  const paths = fields.map(({ fieldPath }) => fieldPath);
  return { name: `${paths.join('+')}${queryScope === 'COLLECTION' ? '' : '@all'}`, fields: paths };
}

/** The entry of a record in an index: its values and its id, which distinguishes equal values. */
export function entryOf(index: RecordIndex, record: ImageRecord, imageId: ImageId): string {
  return [...index.fields.map((path) => sortable(valueAt(record, path))), imageId].join('\u0000');
}

/** Paths of scalar values: the fields of a map are included, a list is not. */
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

/** Text that sorts like the values of records, which are never negative. */
function sortable(value: unknown): string {
  if (typeof value !== 'number') return String(value);
  return value.toFixed(6).padStart(DIGITS, '0');
}

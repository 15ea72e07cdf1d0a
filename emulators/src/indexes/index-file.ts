/**
 * The indexes of a database by firestore.indexes.json: its composite indexes, and one index for each single field and mode,
 * unless `fieldOverrides` changes this. https://firebase.google.com/docs/reference/firestore/indexes
 */
import { readFile } from 'node:fs/promises';
import { ConfigError } from '@hangtag/shared/errors.js';
import { z } from 'zod';
import { type IndexField, NAME, type Scope } from './structured-query.js';

const scope = z.enum(['COLLECTION', 'COLLECTION_GROUP']);
const order = z.enum(['ASCENDING', 'DESCENDING']);
const arrayConfig = z.literal('CONTAINS');

const field = z.object({
  fieldPath: z.string(),
  order: order.optional(),
  arrayConfig: arrayConfig.optional(),
  vectorConfig: z.object({ dimension: z.number(), flat: z.looseObject({}).optional() }).optional(),
});

const indexFile = z.object({
  indexes: z
    .array(z.object({ collectionGroup: z.string(), queryScope: scope, fields: z.array(field).min(1) }))
    .default([]),
  fieldOverrides: z
    .array(
      z.object({
        collectionGroup: z.string(),
        fieldPath: z.string(),
        indexes: z.array(
          z.object({
            queryScope: scope.default('COLLECTION'),
            order: order.optional(),
            arrayConfig: arrayConfig.optional(),
          }),
        ),
      }),
    )
    .default([]),
});

export type IndexFile = z.infer<typeof indexFile>;
export type FileIndex = IndexFile['indexes'][number];

export interface Index {
  /** All fields, the name of the document last. */
  readonly fields: readonly IndexField[];
  /** The entry of `indexes`. Undefined for an index of a single field. */
  readonly entry?: FileIndex;
}

const SINGLE_MODES = ['ASCENDING', 'DESCENDING', 'CONTAINS'] as const;
const ALL_FIELDS = '*';

/** @throws {ConfigError} */
export async function readIndexFile(path: string): Promise<Indexes> {
  const parsed = indexFile.safeParse(JSON.parse(await readFile(path, 'utf8')));
  if (parsed.success) return new Indexes(parsed.data);
  throw new ConfigError(
    `Expected ${path} to be a file of indexes but received: ${z.prettifyError(parsed.error)}`,
  );
}

export class Indexes {
  readonly #composite: readonly (Index & { readonly entry: FileIndex })[];

  constructor(private readonly file: IndexFile) {
    this.#composite = file.indexes.map((entry) => ({ entry, fields: withName(entry.fields.map(fieldOf)) }));
  }

  /** The entries of `indexes`. */
  get entries(): readonly FileIndex[] {
    return this.file.indexes;
  }

  composite(collection: string, of: Scope): readonly Index[] {
    return this.#composite.filter(
      ({ entry }) => entry.collectionGroup === collection && entry.queryScope === of,
    );
  }

  single(collection: string, of: Scope, path: string): readonly Index[] {
    return this.modes(collection, of, path).map((mode) => ({ fields: withName([{ path, mode }]) }));
  }

  /** The modes in which a single field is indexed. A subfield inherits the override of the nearest field above it. */
  modes(collection: string, of: Scope, path: string): readonly (typeof SINGLE_MODES)[number][] {
    const overrides = this.file.fieldOverrides.filter(
      ({ collectionGroup }) => collectionGroup === collection,
    );
    const nearest = [...pathsAbove(path), ALL_FIELDS]
      .map((each) => overrides.find(({ fieldPath }) => fieldPath === each))
      .find((found) => found !== undefined);
    if (nearest === undefined) return of === 'COLLECTION' ? SINGLE_MODES : [];
    return nearest.indexes.flatMap(({ queryScope, order: direction, arrayConfig: array }) =>
      queryScope === of ? (direction ?? array ?? []) : [],
    );
  }
}

function fieldOf({
  fieldPath,
  order: direction,
  arrayConfig: array,
  vectorConfig,
}: FileIndex['fields'][number]) {
  if (vectorConfig) return { path: fieldPath, mode: 'VECTOR', dimension: vectorConfig.dimension } as const;
  return { path: fieldPath, mode: direction ?? array ?? 'ASCENDING' };
}

/** Every index ends with the name, in the direction of the field before it. */
function withName(fields: readonly IndexField[]): readonly IndexField[] {
  const last = fields.at(-1);
  if (last?.path === NAME) return fields;
  return [...fields, { path: NAME, mode: last?.mode === 'DESCENDING' ? 'DESCENDING' : 'ASCENDING' }];
}

/** `a.b.c`, `a.b`, `a`. Dots between backticks belong to a name. */
function pathsAbove(path: string): readonly string[] {
  const names = path.match(/`(?:[^`\\]|\\.)*`|[^.`]+/g) ?? [];
  return names.map((_, index) => names.slice(0, names.length - index).join('.'));
}

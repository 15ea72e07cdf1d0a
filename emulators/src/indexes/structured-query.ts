/**
 * What a query asks of an index. A query is given in the JSON form of the protocol, as REST clients send it.
 * https://firebase.google.com/docs/firestore/reference/rest/v1/StructuredQuery
 */

export type Direction = 'ASCENDING' | 'DESCENDING';
export type Scope = 'COLLECTION' | 'COLLECTION_GROUP';

interface Field {
  readonly fieldPath: string;
}

export interface Filter {
  readonly compositeFilter?: { readonly op?: string; readonly filters?: readonly Filter[] };
  readonly fieldFilter?: { readonly field: Field; readonly op?: string };
  readonly unaryFilter?: { readonly field: Field; readonly op?: string };
}

export interface StructuredQuery {
  readonly from?: readonly { readonly collectionId?: string; readonly allDescendants?: boolean }[];
  readonly where?: Filter;
  readonly orderBy?: readonly { readonly field: Field; readonly direction?: string }[];
  readonly findNearest?: {
    readonly vectorField: Field;
    readonly queryVector?: VectorValue;
  };
}

export interface VectorValue {
  readonly mapValue?: {
    readonly fields?: {
      readonly value?: { readonly arrayValue?: { readonly values?: readonly unknown[] } };
    };
  };
}

export interface Aggregation {
  readonly sum?: { readonly field: Field };
  readonly avg?: { readonly field: Field };
}

/** One field of an index. */
export type IndexField =
  | { readonly path: string; readonly mode: Direction | 'CONTAINS' }
  | { readonly path: string; readonly mode: 'VECTOR'; readonly dimension: number };

export interface Need {
  /** Fields with one value each, in the order of the query. An index can hold them in any order. */
  readonly equalities: readonly { readonly path: string; readonly isArray: boolean }[];
  /** The fields that the index has after the equalities, in this order. */
  readonly order: readonly IndexField[];
  /** Fields of sums and averages, which are read from the index after all others, in any order. */
  readonly aggregated: readonly string[];
}

export interface QueryNeeds {
  /** Undefined for a query over all collections, which can only be ordered by name. */
  readonly collection: string | undefined;
  readonly scope: Scope;
  /** Each of them needs its index: Firestore answers a disjunction by one query for each part. */
  readonly disjuncts: readonly Need[];
}

export const NAME = '__name__';
const EQUALITIES = new Set(['EQUAL', 'IN', 'IS_NULL', 'IS_NAN']);
const ARRAYS = new Set(['ARRAY_CONTAINS', 'ARRAY_CONTAINS_ANY']);

export function needsOf(query: StructuredQuery, aggregations: readonly Aggregation[] = []): QueryNeeds {
  const [source] = query.from ?? [];
  const conjunctions = query.where === undefined ? [[]] : disjunctiveForm(query.where);
  const ranges = new Set(conjunctions.flat().filter(isRange).map(pathOf));
  const order = query.findNearest ? [vectorOf(query.findNearest)] : completeOrder(query, ranges);
  const aggregated = aggregations.flatMap(({ sum, avg }) => (sum ?? avg)?.field.fieldPath ?? []);
  return {
    collection: source?.collectionId || undefined,
    scope: source?.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION',
    disjuncts: conjunctions.map((filters) => needOf(filters, order, new Set(aggregated))),
  };
}

/** An order by a field that has only one value is no order. Every index contains the name. */
function needOf(
  filters: readonly Leaf[],
  order: readonly IndexField[],
  aggregated: ReadonlySet<string>,
): Need {
  const equal = filters.filter((filter) => !isRange(filter) && pathOf(filter) !== NAME);
  const isArray = new Map(equal.map((filter) => [pathOf(filter), ARRAYS.has(opOf(filter))]));
  const hasOneValue = (path: string) => isArray.get(path) === false;
  const left = order.filter(({ path }) => !hasOneValue(path));
  const paths = new Set(left.map(({ path }) => path));
  return {
    equalities: [...isArray].map(([path, array]) => ({ path, isArray: array })),
    order: left,
    aggregated: [...aggregated].filter((path) => !paths.has(path) && !hasOneValue(path)),
  };
}

type Leaf = NonNullable<Filter['fieldFilter']>;

const pathOf = ({ field }: Leaf) => field.fieldPath;
const opOf = ({ op }: Leaf) => op ?? '';
const isRange = (filter: Leaf) => !EQUALITIES.has(opOf(filter)) && !ARRAYS.has(opOf(filter));

/** A disjunction of conjunctions. `IN` and `ARRAY_CONTAINS_ANY` need the same index for each of their values. */
function disjunctiveForm({
  compositeFilter,
  fieldFilter,
  unaryFilter,
}: Filter): readonly (readonly Leaf[])[] {
  const leaf = fieldFilter ?? unaryFilter;
  if (leaf !== undefined) return [[leaf]];
  const parts = (compositeFilter?.filters ?? []).map(disjunctiveForm);
  if (compositeFilter?.op === 'OR') return parts.flat();
  return parts.reduce((all, part) => all.flatMap((left) => part.map((right) => [...left, ...right])), [[]]);
}

/**
 * Adds the orders that Firestore adds: fields with inequality filters by their names, then the name of the document, in the
 * direction of the last given order. https://firebase.google.com/docs/firestore/reference/rest/v1/StructuredQuery (order_by)
 */
function completeOrder(
  { orderBy = [] }: StructuredQuery,
  ranges: ReadonlySet<string>,
): readonly IndexField[] {
  const given = orderBy.map(({ field, direction }) => ({
    path: field.fieldPath,
    mode: direction === 'DESCENDING' ? ('DESCENDING' as const) : ('ASCENDING' as const),
  }));
  const paths = new Set(given.map(({ path }) => path));
  const mode = given.at(-1)?.mode ?? 'ASCENDING';
  const added = [...ranges].filter((path) => !paths.has(path) && path !== NAME).toSorted();
  const all = [...given, ...[...added, ...(paths.has(NAME) ? [] : [NAME])].map((path) => ({ path, mode }))];
  // Names are unique, so orders after the name have no effect.
  return all.slice(0, all.findIndex(({ path }) => path === NAME) + 1);
}

function vectorOf({ vectorField, queryVector }: NonNullable<StructuredQuery['findNearest']>): IndexField {
  const values = queryVector?.mapValue?.fields?.value?.arrayValue?.values ?? [];
  return { path: vectorField.fieldPath, mode: 'VECTOR', dimension: values.length };
}

/**
 * Selects the indexes that answer a query, as Firestore does. One index, or several that are merged: each of them has some of the
 * fields with equality filters, then the whole order of the query; together they have all fields with equality filters.
 * https://firebase.google.com/docs/firestore/query-data/index-overview#taking_advantage_of_index_merging
 */
import type { Index, Indexes } from './index-file.js';
import { type IndexField, NAME, type Need, type Scope } from './structured-query.js';

export interface Place {
  readonly collection: string;
  readonly scope: Scope;
}

/** @returns undefined if an index is missing, an empty list if none is needed */
export function selectIndexes(
  indexes: Indexes,
  { collection, scope }: Place,
  need: Need,
): readonly Index[] | undefined {
  if (isListing(need)) return [];
  const paths = [...need.equalities, ...need.order].map(({ path }) => path).concat(need.aggregated);
  const available = [
    ...indexes.composite(collection, scope),
    ...[...new Set(paths)]
      .filter((path) => path !== NAME)
      .flatMap((path) => indexes.single(collection, scope, path)),
  ];
  return cover(
    need,
    available.flatMap((index) => {
      const covered = coveredBy(index, need);
      return covered === undefined ? [] : [{ index, covered }];
    }),
  );
}

/** All documents of a collection, by name. */
function isListing({ equalities, order, aggregated }: Need): boolean {
  const [first] = order;
  return (
    equalities.length === 0 &&
    aggregated.length === 0 &&
    (first === undefined || (first.path === NAME && first.mode === 'ASCENDING'))
  );
}

interface Candidate {
  readonly index: Index;
  readonly covered: ReadonlySet<string>;
}

/** As few indexes as possible: the one with the most fields first. */
function cover({ equalities }: Need, candidates: readonly Candidate[]): readonly Index[] | undefined {
  const open = new Set(equalities.map(({ path }) => path));
  const selected: Index[] = [];
  do {
    const gain = ({ covered }: Candidate) => [...covered].filter((path) => open.has(path)).length;
    const [best] = candidates.toSorted((a, b) => gain(b) - gain(a));
    if (best === undefined || (open.size > 0 && gain(best) === 0)) return undefined;
    selected.push(best.index);
    for (const path of best.covered) open.delete(path);
  } while (open.size > 0);
  return selected;
}

/** @returns the paths of the equality filters that the index has before the order, undefined if it does not serve the query */
function coveredBy(
  { fields }: Index,
  { equalities, order, aggregated }: Need,
): ReadonlySet<string> | undefined {
  const count = fields.findIndex((field) => !equalities.some((equality) => isFieldFor(field, equality)));
  const leading = fields.slice(0, count);
  const isServed =
    aggregated.length === 0
      ? isSame(fields.slice(count), order)
      : isAggregated(fields.slice(count), { order, aggregated });
  return isServed ? new Set(leading.map(({ path }) => path)) : undefined;
}

function isFieldFor({ path, mode }: IndexField, equality: Need['equalities'][number]): boolean {
  return path === equality.path && (mode === 'CONTAINS') === equality.isArray && mode !== 'VECTOR';
}

/** A vector orders by itself: the name after it does not count. */
function isSame(fields: readonly IndexField[], order: readonly IndexField[]): boolean {
  const relevant = order.at(-1)?.mode === 'VECTOR' ? fields.slice(0, -1) : fields;
  return relevant.length === order.length && order.every((wanted, index) => equals(relevant[index], wanted));
}

function equals(field: IndexField | undefined, wanted: IndexField): boolean {
  if (field?.path !== wanted.path || field.mode !== wanted.mode) return false;
  return field.mode !== 'VECTOR' || (wanted.mode === 'VECTOR' && field.dimension === wanted.dimension);
}

/** Aggregated fields follow the order, in any order and direction. A sum does not depend on the order of names. */
function isAggregated(
  fields: readonly IndexField[],
  { order, aggregated }: Pick<Need, 'order' | 'aggregated'>,
): boolean {
  const ordered = order.filter(({ path }) => path !== NAME);
  const rest = fields.slice(ordered.length).filter(({ path }) => path !== NAME);
  return (
    ordered.every((wanted, index) => equals(fields[index], wanted)) &&
    rest.length === aggregated.length &&
    rest.every(({ path, mode }) => mode.endsWith('SCENDING') && aggregated.includes(path))
  );
}

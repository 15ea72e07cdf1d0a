/**
 * The composite index that a query needs: its equalities, then its order, then other fields with ranges, then
 * the summed fields, which are read from the index.
 * https://cloud.google.com/firestore/docs/query-data/index-overview
 */
import type { RecordedQuery, WireFilter } from './query-recorder.js';

export interface NeededIndex {
  readonly collectionGroup: string;
  readonly queryScope: 'COLLECTION' | 'COLLECTION_GROUP';
  /** In any order, but before all others. */
  readonly equalities: readonly string[];
  /** In this order, ascending. */
  readonly ordered: readonly string[];
}

/** EQUAL and IN of `StructuredQuery.FieldFilter.Operator`: an index serves both the same way. */
const EQUALITIES: readonly number[] = [5, 8];

export function indexOf({ query, aggregations }: RecordedQuery): NeededIndex {
  const [source] = query.from;
  const filters = query.where === undefined ? [] : fieldFilters(query.where);
  const equalities = filters.filter(({ op }) => EQUALITIES.includes(op)).map(({ field }) => field.fieldPath);
  const ranges = filters.filter(({ op }) => !EQUALITIES.includes(op)).map(({ field }) => field.fieldPath);
  const orders = (query.orderBy ?? []).map(({ field }) => field.fieldPath);
  const sums = aggregations.flatMap(({ sum }) => sum?.field.fieldPath ?? []);
  return {
    collectionGroup: source?.collectionId ?? '',
    queryScope: source?.allDescendants ? 'COLLECTION_GROUP' : 'COLLECTION',
    equalities,
    ordered: [...new Set([...orders, ...ranges.toSorted(), ...sums])],
  };
}

function fieldFilters({
  compositeFilter,
  fieldFilter,
}: WireFilter): NonNullable<WireFilter['fieldFilter']>[] {
  return fieldFilter === undefined ? (compositeFilter?.filters ?? []).flatMap(fieldFilters) : [fieldFilter];
}

/** Checks queries against firestore.indexes.json, and remembers which indexes they used. */
import type { FileIndex, Indexes } from './index-file.js';
import { type Database, missingIndex, refusalText } from './refusal.js';
import { selectIndexes } from './select-indexes.js';
import { type Aggregation, needsOf, type StructuredQuery } from './structured-query.js';

export interface CheckedQuery {
  readonly query: StructuredQuery;
  readonly aggregations?: readonly Aggregation[];
  /** `projects/P/databases/D/documents...` */
  readonly parent: string;
}

export class IndexCheck {
  readonly #used = new Set<FileIndex>();

  constructor(private readonly indexes: Indexes) {}

  /** @returns the refusal that production would answer, undefined if the query has its indexes */
  refusalOf({ query, aggregations, parent }: CheckedQuery): string | undefined {
    const { collection, scope, disjuncts } = needsOf(query, aggregations);
    if (collection === undefined) return undefined;
    const place = { collection, scope };
    for (const need of disjuncts) {
      const selected = selectIndexes(this.indexes, place, need);
      if (selected === undefined)
        return refusalText(missingIndex(place, need), this.indexes, databaseOf(parent));
      for (const { entry } of selected) if (entry !== undefined) this.#used.add(entry);
    }
    return undefined;
  }

  /** The entries of `indexes` that no checked query has used. */
  get unused(): readonly FileIndex[] {
    return this.indexes.entries.filter((entry) => !this.#used.has(entry));
  }
}

/** One line for an index: `images (COLLECTION): status ASCENDING, uploadedAt ASCENDING`. */
export function describeIndex({ collectionGroup, queryScope, fields }: FileIndex): string {
  const modes = fields.map(
    ({ fieldPath, order, arrayConfig }) => `${fieldPath} ${order ?? arrayConfig ?? 'VECTOR'}`,
  );
  return `${collectionGroup} (${queryScope}): ${modes.join(', ')}`;
}

function databaseOf(parent: string): Database {
  const [, project = '', , database = ''] = parent.split('/');
  return { project, database };
}

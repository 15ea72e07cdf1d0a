/** Queries of records in all shards: domain/index-shards.ts. */
import type { Query } from '@google-cloud/firestore';
import { shardGroups } from '../../domain/index-shards.js';
import { standardLog } from '../../log.js';
import type { FaultLog } from '../unreadable.js';

/** How records are stored and found. */
export interface RecordOptions {
  readonly log: FaultLog;
  /** `HANGTAG_INDEX_SHARDS`. With 1, records have no shard, and no query names one. */
  readonly shards: number;
}

export function recordOptions({ log = standardLog, shards = 1 }: Partial<RecordOptions>): RecordOptions {
  return { log, shards };
}

/** Firestore merges the shards, so the result has the order of the query. */
export function inAllShards(query: Query, shards: number): Query {
  return shards === 1 ? query : query.where('shard', 'in', shardGroups(shards).flat());
}

/**
 * For a query with alternatives besides the shards, which needs several queries.
 *
 * @returns queries without common results, each in the order of the query
 */
export function queriesOverShards(query: Query, shards: number, alternatives: number): readonly Query[] {
  if (shards === 1) return [query];
  return shardGroups(shards, alternatives).map((group) => query.where('shard', 'in', group));
}

/**
 * Shards of the indexes of records. An index that begins with a time gets every new entry in its last range, and one machine
 * serves a range. If the index begins with a shard, a number that belongs to the id of the record, the new entries
 * are spread over as many ranges as there are shards. A query then names all shards.
 */
import type { ImageId } from './identity.js';

/** Firestore refuses more combinations: https://firebase.google.com/docs/firestore/query-data/queries#limits_on_or_queries */
export const MOST_SHARDS = 30;

/** @returns 0 to `shards` - 1, evenly distributed over the ids */
export function shardOf(imageId: ImageId, shards: number): number {
  return Buffer.from(imageId, 'base64url').readUInt32BE() % shards;
}

/**
 * All shards, in groups for one query each.
 *
 * @param alternatives other alternatives of the query, for example of an `or`: Firestore combines each of them with each shard
 */
export function shardGroups(shards: number, alternatives = 1): readonly (readonly number[])[] {
  const all = Array.from({ length: shards }, (_, shard) => shard);
  const size = Math.max(1, Math.floor(MOST_SHARDS / alternatives));
  return Array.from({ length: Math.ceil(shards / size) }, (_, group) =>
    all.slice(group * size, (group + 1) * size),
  );
}

/**
 * The indexes for `HANGTAG_INDEX_SHARDS` above 1: each index of records with a value that rises with time begins with the shard.
 */
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { FileIndex, IndexFile } from './index-file.js';

/** Later records have higher values; so have names, if cameras or days give them. */
const RISING: ReadonlySet<string> = new Set(['uploadedAt', 'queuedAt', 'name']);
const SHARD = { fieldPath: 'shard', order: 'ASCENDING' } as const;

/** @param file the content of firestore.indexes.json */
export function shardedIndexes(file: IndexFile): IndexFile {
  const off = new Set(
    file.fieldOverrides
      .filter(({ collectionGroup }) => collectionGroup === IMAGES)
      .map(({ fieldPath }) => fieldPath),
  );
  const single = [...RISING].filter((path) => !off.has(path));
  return {
    indexes: [...single.flatMap(bothDirections), ...file.indexes.map(sharded)],
    fieldOverrides: [...['shard', ...single].map(withoutIndex), ...file.fieldOverrides],
  };
}

function sharded(index: FileIndex): FileIndex {
  const isHot =
    index.collectionGroup === IMAGES && index.fields.some(({ fieldPath }) => RISING.has(fieldPath));
  return isHot ? { ...index, fields: [SHARD, ...index.fields] } : index;
}

/** In place of the indexes that Firestore makes for a single field. */
function bothDirections(fieldPath: string): readonly FileIndex[] {
  return (['ASCENDING', 'DESCENDING'] as const).map((order) => ({
    collectionGroup: IMAGES,
    queryScope: 'COLLECTION',
    fields: [SHARD, { fieldPath, order }],
  }));
}

function withoutIndex(fieldPath: string) {
  return { collectionGroup: IMAGES, fieldPath, ttl: false, indexes: [] };
}

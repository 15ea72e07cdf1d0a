/** Listens to records in Firestore. It is the only part that needs the package `firebase`. */
import type { Firestore } from 'firebase/firestore';

export interface WatchOptions {
  /** Of the app, signed in as a member of the tenant. */
  readonly firestore: Firestore;
  readonly tenant: string;
  /** The latest records that are watched, at most 1,000. */
  readonly limit?: number;
  /** `HANGTAG_INDEX_SHARDS` of the installation, 2 to 30. Absent or 1: its records have no shard. */
  readonly shards?: number;
  /** @param record the fields of the record, as Firestore has them */
  readonly onChange: (id: string, record: Readonly<Record<string, unknown>>) => void;
  readonly onError?: (error: Error) => void;
}

/**
 * The import is handled in one call: a bundler then keeps only the named functions of `firebase/firestore`, and esbuild accepts
 * an import that it cannot resolve.
 *
 * @throws {Error} the package is not installed
 */
export function watchRecords(options: WatchOptions): Promise<() => void> {
  const { firestore, tenant, limit: count = 100, shards = 1, onChange, onError } = options;
  return import('firebase/firestore').then(
    ({ collection, limit, onSnapshot, orderBy, query, where }) => {
      const images = collection(firestore, `tenants/${tenant}/images`);
      const all = Array.from({ length: shards }, (_, shard) => shard);
      const inAllShards = shards === 1 ? [] : [where('shard', 'in', all)];
      return onSnapshot(
        query(images, ...inAllShards, orderBy('uploadedAt', 'desc'), limit(count)),
        (snapshot) => {
          for (const { type, doc } of snapshot.docChanges())
            if (type !== 'removed') onChange(doc.id, doc.data());
        },
        onError,
      );
    },
    (cause: unknown) => {
      throw new Error('Expected the package firebase, which watch needs', { cause });
    },
  );
}

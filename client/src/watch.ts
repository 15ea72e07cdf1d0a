/** Listens to records in Firestore. It is the only part that needs the package `firebase`. */
import type { Firestore } from 'firebase/firestore';

export interface WatchOptions {
  /** Of the app, signed in as a member of the tenant. */
  readonly firestore: Firestore;
  readonly tenant: string;
  /** The latest records that are watched, at most 1,000. */
  readonly limit?: number;
  /** @param record the fields of the record, as Firestore has them */
  readonly onChange: (id: string, record: Readonly<Record<string, unknown>>) => void;
  readonly onError?: (error: Error) => void;
}

export async function watchRecords(options: WatchOptions): Promise<() => void> {
  const { firestore, tenant, limit: count = 100, onChange, onError } = options;
  const { collection, limit, onSnapshot, orderBy, query } = await import('firebase/firestore');
  const images = collection(firestore, `tenants/${tenant}/images`);
  return onSnapshot(
    query(images, orderBy('uploadedAt', 'desc'), limit(count)),
    (snapshot) => {
      for (const { type, doc } of snapshot.docChanges()) if (type !== 'removed') onChange(doc.id, doc.data());
    },
    onError,
  );
}

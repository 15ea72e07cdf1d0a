/** The listener behind the table: every record of one bucket that is written from now on. */
import type { Firestore } from '@google-cloud/firestore';
import { Timestamp } from '@google-cloud/firestore';
import { recordOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

/** @returns how to stop, once the listener has its first answer */
export async function watchRecords(
  firestore: Firestore,
  bucket: string,
  listener: (record: ImageRecord) => void,
): Promise<() => void> {
  const fresh = firestore
    .collectionGroup(IMAGES)
    .where('bucket', '==', bucket)
    .where('updatedAt', '>=', Timestamp.now());
  return new Promise((resolve, reject) => {
    const unsubscribe = fresh.onSnapshot((snapshot) => {
      for (const { type, doc } of snapshot.docChanges()) {
        if (type !== 'removed') listener(recordOf(doc.data()));
      }
      resolve(unsubscribe);
    }, reject);
  });
}

/**
 * The listener behind the table: every record of one bucket that is written from now on.
 *
 * The Firestore emulator sends a listener's whole result again with every write, so a result that grows with the run
 * makes it quadratic (500 documents were seen to take 20 s and 876 MB). So the listener moves on: when it holds a windowful,
 * a new one begins at the latest write seen, before the old one ends. Nothing is missed, a few records are seen twice.
 */
import { type Firestore, type Query, type QuerySnapshot, Timestamp } from '@google-cloud/firestore';
import { recordOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

const WINDOW = 50;

/** @returns how to stop, once the listener has its first answer */
export function watchRecords(
  firestore: Firestore,
  bucket: string,
  listener: (record: ImageRecord) => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    let unsubscribe = () => {};
    const listenFrom = (since: Timestamp): void => {
      const stopBefore = unsubscribe;
      unsubscribe = writtenSince(firestore, bucket, since).onSnapshot((snapshot) => {
        for (const { type, doc } of snapshot.docChanges()) {
          if (type !== 'removed') listener(recordOf(doc.data()));
        }
        resolve(() => unsubscribe());
        const latest = latestWrite(snapshot);
        if (snapshot.size > WINDOW && latest.valueOf() > since.valueOf()) listenFrom(latest);
      }, reject);
      stopBefore();
    };
    listenFrom(Timestamp.now());
  });
}

function writtenSince(firestore: Firestore, bucket: string, since: Timestamp): Query {
  return firestore.collectionGroup(IMAGES).where('bucket', '==', bucket).where('updatedAt', '>=', since);
}

function latestWrite(snapshot: QuerySnapshot): Timestamp {
  return snapshot.docs
    .map((doc): Timestamp => doc.get('updatedAt'))
    .reduce((latest, time) => (time.valueOf() > latest.valueOf() ? time : latest), new Timestamp(0, 0));
}

/**
 * The listener behind the table: every record of one bucket that is written from now on.
 *
 * The Firestore emulator sends a listener's whole result again with every write, so a result that grows with the run
 * makes it quadratic (500 documents were seen to take 20 s and 876 MB). So the listener moves on: when it holds a windowful,
 * a new one begins at the latest write seen, before the old one ends. It moves on, too, when it has heard nothing for a
 * while: under load a listener of the emulator was seen to fall silent for good. Nothing is missed, some records are seen twice.
 */
import { type Firestore, type Query, type QuerySnapshot, Timestamp } from '@google-cloud/firestore';
import { recordOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

const WINDOW = 50;
const SILENCE_MS = 3_000;

/** @returns how to stop, once the listener has its first answer */
export async function watchRecords(
  firestore: Firestore,
  bucket: string,
  listener: (record: ImageRecord) => void,
): Promise<() => void> {
  const feed = new RecordFeed((since) => writtenSince(firestore, bucket, since), listener);
  await feed.begin();
  return () => feed.end();
}

type Heard = Pick<QuerySnapshot, 'size' | 'docChanges'>;

/** What the feed needs of a query. */
export interface Listenable {
  onSnapshot(take: (snapshot: Heard) => void, fail: (error: Error) => void): () => void;
}

export class RecordFeed {
  readonly #query: (since: Timestamp) => Listenable;
  readonly #listener: (record: ImageRecord) => void;
  #latest = Timestamp.now();
  #unsubscribe = () => {};
  #silence: NodeJS.Timeout | undefined;
  #heard = () => {};

  constructor(query: (since: Timestamp) => Listenable, listener: (record: ImageRecord) => void) {
    this.#query = query;
    this.#listener = listener;
  }

  /** Resolves at the first answer, which a later listener may give where the first one stays silent. */
  begin(): Promise<void> {
    return new Promise((resolve) => {
      this.#heard = resolve;
      this.#listen();
    });
  }

  end(): void {
    clearTimeout(this.#silence);
    this.#unsubscribe();
  }

  #listen(): void {
    const since = this.#latest;
    const endBefore = this.#unsubscribe;
    const take = (snapshot: Heard) => {
      this.#expectMore();
      this.#pass(snapshot);
      this.#heard();
      if (snapshot.size > WINDOW && this.#latest.valueOf() > since.valueOf()) this.#listen();
    };
    // What ended with an error is begun again after the silence that follows.
    this.#unsubscribe = this.#query(since).onSnapshot(take, () => undefined);
    this.#expectMore();
    endBefore();
  }

  #pass(snapshot: Heard): void {
    for (const { type, doc } of snapshot.docChanges()) {
      if (type === 'removed') continue;
      const writtenAt: Timestamp = doc.get('updatedAt');
      if (writtenAt.valueOf() > this.#latest.valueOf()) this.#latest = writtenAt;
      this.#listener(recordOf(doc.data()));
    }
  }

  #expectMore(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#listen(), SILENCE_MS);
  }
}

function writtenSince(firestore: Firestore, bucket: string, since: Timestamp): Query {
  return firestore.collectionGroup(IMAGES).where('bucket', '==', bucket).where('updatedAt', '>=', since);
}

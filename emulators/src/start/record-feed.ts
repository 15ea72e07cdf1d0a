/**
 * The listener behind the table: every record of one bucket that is written from now on.
 *
 * At every write the Firestore emulator looks through all records for a listener, and sends the listener's whole result
 * again: in a rush that takes more of the machine than the labels do. So a listener that holds a windowful ends, and the next
 * one begins at the latest write seen, after a rest in proportion to what the last beginning took. In quiet times the
 * listener stays. It begins again, too, when it has heard nothing for a while: under load a listener of the emulator was
 * seen to fall silent for good. Nothing is missed, some records are seen twice.
 */
import {
  type DocumentChangeType,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  Timestamp,
} from '@google-cloud/firestore';
import { recordOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';

const WINDOW = 12;
/** So many times as long as the last listener waited for its first answer. */
const REST_SHARE = 3;
const REST_MS = { min: 50, max: 500 };
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

/** What the feed needs of a snapshot. */
export interface Heard {
  readonly size: number;
  docChanges(): readonly {
    readonly type: DocumentChangeType;
    readonly doc: Pick<QueryDocumentSnapshot, 'get' | 'data'>;
  }[];
}

/** What the feed needs of a query. */
export interface Listenable {
  onSnapshot(take: (snapshot: Heard) => void, fail: (error: Error) => void): () => void;
}

export class RecordFeed {
  readonly #query: (since: Timestamp) => Listenable;
  readonly #listener: (record: ImageRecord) => void;
  #latest = Timestamp.now();
  #unsubscribe = () => {};
  #next: NodeJS.Timeout | undefined;
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
    clearTimeout(this.#next);
    this.#unsubscribe();
  }

  #listen(): void {
    const since = this.#latest;
    const begunAt = performance.now();
    let answerMs: number | undefined;
    const take = (snapshot: Heard) => {
      answerMs ??= performance.now() - begunAt;
      this.#pass(snapshot);
      this.#heard();
      const isFull = snapshot.size > WINDOW && this.#latest.valueOf() > since.valueOf();
      if (isFull) this.#rest(answerMs);
      else this.#listenAfter(SILENCE_MS);
    };
    this.#unsubscribe();
    // What ended with an error is begun again after the silence that follows.
    this.#unsubscribe = this.#query(since).onSnapshot(take, () => undefined);
    this.#listenAfter(SILENCE_MS);
  }

  #rest(answerMs: number): void {
    this.#unsubscribe();
    this.#listenAfter(Math.min(Math.max(REST_MS.min, REST_SHARE * answerMs), REST_MS.max));
  }

  #listenAfter(ms: number): void {
    clearTimeout(this.#next);
    this.#next = setTimeout(() => this.#listen(), ms);
  }

  #pass(snapshot: Heard): void {
    for (const { type, doc } of snapshot.docChanges()) {
      if (type === 'removed') continue;
      const writtenAt: Timestamp = doc.get('updatedAt');
      if (writtenAt.valueOf() > this.#latest.valueOf()) this.#latest = writtenAt;
      this.#listener(recordOf(doc.data()));
    }
  }
}

function writtenSince(firestore: Firestore, bucket: string, since: Timestamp): Query {
  return firestore.collectionGroup(IMAGES).where('bucket', '==', bucket).where('updatedAt', '>=', since);
}

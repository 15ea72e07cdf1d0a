/**
 * The listener behind the table: every record of one bucket that is written from now on, each write once.
 *
 * At every write the Firestore emulator looks through all records for a listener, and sends the listener's whole result
 * again: in a rush that takes more of the machine than the labels do. So a listener that told enough ends, and the next
 * one begins where it had come to, after a rest in proportion to what the last beginning took. In quiet times the
 * listener stays. It begins again, too, when it has heard nothing for a while: under load a listener of the emulator was
 * seen to fall silent for good.
 *
 * Writes are not seen in the order of their times, so each listener begins a little before the latest time that was seen.
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

/** Writes that a listener tells before it ends. */
const WINDOW = 12;
/** How much later a write may be seen than one of the same time. */
const OVERLAP_MS = 500;
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
  /** When each record that was written lately was written last, by name. */
  readonly #told = new Map<string, string>();
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
    const since = Timestamp.fromMillis(this.#latest.toMillis() - OVERLAP_MS);
    this.#forget(since);
    const begunAt = performance.now();
    let answerMs: number | undefined;
    let told = 0;
    const take = (snapshot: Heard) => {
      answerMs ??= performance.now() - begunAt;
      told += this.#tell(snapshot);
      this.#heard();
      if (told > WINDOW) this.#rest(answerMs);
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

  /** @returns how many writes were news */
  #tell(snapshot: Heard): number {
    let news = 0;
    for (const { type, doc } of snapshot.docChanges()) {
      if (type === 'removed') continue;
      const writtenAt: Timestamp = doc.get('updatedAt');
      const name: string = doc.get('name');
      if (this.#told.get(name) === writtenAt.valueOf()) continue;
      this.#told.set(name, writtenAt.valueOf());
      if (writtenAt.valueOf() > this.#latest.valueOf()) this.#latest = writtenAt;
      news += 1;
      this.#listener(recordOf(doc.data()));
    }
    return news;
  }

  #forget(before: Timestamp): void {
    for (const [name, writtenAt] of this.#told) if (writtenAt < before.valueOf()) this.#told.delete(name);
  }
}

function writtenSince(firestore: Firestore, bucket: string, since: Timestamp): Query {
  return firestore.collectionGroup(IMAGES).where('bucket', '==', bucket).where('updatedAt', '>=', since);
}

/**
 * What the table follows: every record of one bucket that is written from now on, each write once.
 *
 * At every write the Firestore emulator looks through all records for a listener, and sends the listener's whole result
 * again: in a rush that takes more of the machine than the labels do. Nor is the first answer of a listener whole then;
 * dozens of writes were seen to be left out. So a listener that told enough ends, and the records are asked for until
 * little is new, with rests in proportion to what the last answer took. In quiet times there is a listener. It begins again
 * when it has heard nothing for a while: under load a listener of the emulator was seen to fall silent for good.
 *
 * Writes are not seen in the order of their times, so what is asked for begins a little before the latest time of the last
 * answer, and never where a listener had come to.
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

/** Writes that a listener tells before it ends, and that an answer tells at most where the rush is over. */
const WINDOW = 12;
/** How much later a write may be seen than one of the same time. */
const OVERLAP_MS = 500;
/** From an answer to the next question: so many times as long as the answer took. */
const APART_SHARE = 6;
const APART_MS = { min: 50, max: 1_000 };
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

/** What the feed needs of an answer. */
export interface Heard {
  docChanges(): readonly {
    readonly type: DocumentChangeType;
    readonly doc: Pick<QueryDocumentSnapshot, 'get' | 'data'>;
  }[];
}

/** What the feed needs of a query. */
export interface Listenable {
  onSnapshot(take: (snapshot: Heard) => void, fail: (error: Error) => void): () => void;
  get(): Promise<Heard>;
}

export class RecordFeed {
  readonly #query: (since: Timestamp) => Listenable;
  readonly #listener: (record: ImageRecord) => void;
  /** The latest write of the last answer, up to which all are known. */
  #wholeUntil = Timestamp.now();
  /** When each record that was written lately was written last, by name. */
  readonly #told = new Map<string, string>();
  #unsubscribe = () => {};
  #next: NodeJS.Timeout | undefined;
  #heard = () => {};
  #hasEnded = false;

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
    this.#hasEnded = true;
    clearTimeout(this.#next);
    this.#unsubscribe();
  }

  #listen(): void {
    let told = 0;
    const take = (snapshot: Heard) => {
      told += this.#tell(snapshot);
      this.#heard();
      if (told > WINDOW) this.#askAfter(APART_MS.min);
      else this.#listenAfter(SILENCE_MS);
    };
    this.#unsubscribe();
    // What ended with an error is begun again after the silence that follows.
    this.#unsubscribe = this.#recent().onSnapshot(take, () => undefined);
    this.#listenAfter(SILENCE_MS);
  }

  async #ask(): Promise<void> {
    const askedAt = performance.now();
    const answer = await this.#recent().get();
    if (this.#hasEnded) return;
    for (const { doc } of answer.docChanges())
      this.#wholeUntil = later(this.#wholeUntil, doc.get('updatedAt'));
    const { min, max } = APART_MS;
    const tookMs = performance.now() - askedAt;
    if (this.#tell(answer) > WINDOW) this.#askAfter(Math.min(Math.max(min, APART_SHARE * tookMs), max));
    else this.#listen();
  }

  #listenAfter(ms: number): void {
    this.#after(ms, () => this.#listen());
  }

  #askAfter(ms: number): void {
    this.#unsubscribe();
    this.#after(ms, () => this.#ask().catch(() => this.#listenAfter(SILENCE_MS)));
  }

  /** In place of what was to come next. */
  #after(ms: number, act: () => unknown): void {
    clearTimeout(this.#next);
    if (!this.#hasEnded) this.#next = setTimeout(act, ms);
  }

  #recent(): Listenable {
    const since = Timestamp.fromMillis(this.#wholeUntil.toMillis() - OVERLAP_MS);
    for (const [name, writtenAt] of this.#told) if (writtenAt < since.valueOf()) this.#told.delete(name);
    return this.#query(since);
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
      news += 1;
      this.#listener(recordOf(doc.data()));
    }
    return news;
  }
}

function later(one: Timestamp, other: Timestamp): Timestamp {
  return one.valueOf() < other.valueOf() ? other : one;
}

function writtenSince(firestore: Firestore, bucket: string, since: Timestamp): Query {
  return firestore.collectionGroup(IMAGES).where('bucket', '==', bucket).where('updatedAt', '>=', since);
}

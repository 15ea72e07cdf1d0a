/**
 * Reports every new write to the records of one bucket, once.
 *
 * For every write, the Firestore emulator queries all records again for each listener and sends the whole result. When many
 * images are labelled, this takes more processor time than labelling, and the first result of a listener lacks dozens of writes.
 * So a listener that reports many writes is ended, and the records are queried until few are new, with pauses in proportion to
 * the duration of a query. When there are few writes, a listener is used. After a silence it is replaced, because a listener
 * can stop reporting under load.
 *
 * Writes do not become visible in the order of their times. So a query starts a little before the latest time in the result of
 * the last query; the results of listeners do not count for this. Writes that are missed nevertheless are found by `read`.
 */
import {
  type DocumentChangeType,
  type DocumentData,
  type Firestore,
  type Query,
  type QueryDocumentSnapshot,
  Timestamp,
} from '@google-cloud/firestore';
import { recordOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { IMAGES } from '@hangtag/shared/adapters/firestore/record-store.js';
import { DEFAULT_TENANT, imageIdOf, tenantOf } from '@hangtag/shared/domain/identity.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { RecordKey } from '@hangtag/shared/ports/record-store.js';
import type { RecordWatch } from './stack.js';

/** After more new writes than this, a listener is ended, or a query is repeated. */
const FEW_WRITES = 12;
/** Two writes of the same time become visible within this time. */
const OVERLAP_MS = 500;
/** The pause after a query as a multiple of its duration. */
const PAUSE_SHARE = 6;
const PAUSE_MS = { min: 50, max: 1_000 };
const SILENCE_MS = 3_000;
const RECORDS_PER_READ = 300;

/** Resolves at the first result. */
export async function watchRecords(
  firestore: Firestore,
  bucket: string,
  listener: (record: ImageRecord) => void,
): Promise<RecordWatch> {
  const feed = new RecordFeed((since) => writtenSince(firestore, bucket, since), listener);
  await feed.begin();
  return { read: (names) => readRecords(firestore, bucket, names), stop: () => feed.end() };
}

export function recordKeyOf(bucket: string, name: string): RecordKey {
  return { tenant: tenantOf(name) ?? DEFAULT_TENANT, imageId: imageIdOf(bucket, name) };
}

async function readRecords(
  firestore: Firestore,
  bucket: string,
  names: readonly string[],
): Promise<readonly ImageRecord[]> {
  const records: ImageRecord[] = [];
  for (let start = 0; start < names.length; start += RECORDS_PER_READ) {
    const documents = names.slice(start, start + RECORDS_PER_READ).map((name) => {
      const { tenant, imageId } = recordKeyOf(bucket, name);
      return firestore.doc(`tenants/${tenant}/${IMAGES}/${imageId}`);
    });
    const snapshots = await firestore.getAll(...documents);
    for (const snapshot of snapshots) {
      const data = snapshot.data();
      const record = data && readableRecord(data);
      if (record !== undefined) records.push(record);
    }
  }
  return records;
}

/** The part of a snapshot that the feed uses. */
export interface Changes {
  docChanges(): readonly {
    readonly type: DocumentChangeType;
    readonly doc: Pick<QueryDocumentSnapshot, 'get' | 'data'>;
  }[];
}

/** The part of a query that the feed uses. */
export interface Listenable {
  onSnapshot(take: (snapshot: Changes) => void, fail: (error: Error) => void): () => void;
  get(): Promise<Changes>;
}

export class RecordFeed {
  readonly #query: (since: Timestamp) => Listenable;
  readonly #listener: (record: ImageRecord) => void;
  /** The latest write in the result of a query. All earlier writes are known. */
  #completeUntil = Timestamp.now();
  /** By name, the time of the last write to each record that was written recently. */
  readonly #seen = new Map<string, string>();
  #unsubscribe = () => {};
  #next: NodeJS.Timeout | undefined;
  #answered = () => {};
  #isEnded = false;

  constructor(query: (since: Timestamp) => Listenable, listener: (record: ImageRecord) => void) {
    this.#query = query;
    this.#listener = listener;
  }

  /** Resolves at the first result, of the first or of a later listener. */
  begin(): Promise<void> {
    return new Promise((resolve) => {
      this.#answered = resolve;
      this.#listen();
    });
  }

  end(): void {
    this.#isEnded = true;
    clearTimeout(this.#next);
    this.#unsubscribe();
  }

  #listen(): void {
    let news = 0;
    const take = (snapshot: Changes) => {
      news += this.#take(snapshot);
      this.#answered();
      if (news > FEW_WRITES) this.#queryAfter(PAUSE_MS.min);
      else this.#listenAfter(SILENCE_MS);
    };
    this.#unsubscribe();
    // After an error the listener is silent, so it is replaced.
    this.#unsubscribe = this.#recent().onSnapshot(take, () => undefined);
    this.#listenAfter(SILENCE_MS);
  }

  async #queryNow(): Promise<void> {
    const startedAt = performance.now();
    const answer = await this.#recent().get();
    if (this.#isEnded) return;
    for (const { doc } of answer.docChanges())
      this.#completeUntil = later(this.#completeUntil, doc.get('updatedAt'));
    const { min, max } = PAUSE_MS;
    const tookMs = performance.now() - startedAt;
    if (this.#take(answer) > FEW_WRITES) this.#queryAfter(Math.min(Math.max(min, PAUSE_SHARE * tookMs), max));
    else this.#listen();
  }

  #listenAfter(ms: number): void {
    this.#after(ms, () => this.#listen());
  }

  #queryAfter(ms: number): void {
    this.#unsubscribe();
    this.#after(ms, () => this.#queryNow().catch(() => this.#listenAfter(SILENCE_MS)));
  }

  /** Cancels the action that was planned before. */
  #after(ms: number, act: () => unknown): void {
    clearTimeout(this.#next);
    if (!this.#isEnded) this.#next = setTimeout(act, ms);
  }

  #recent(): Listenable {
    const since = Timestamp.fromMillis(this.#completeUntil.toMillis() - OVERLAP_MS);
    for (const [name, writtenAt] of this.#seen) if (writtenAt < since.valueOf()) this.#seen.delete(name);
    return this.#query(since);
  }

  /** @returns the number of new writes */
  #take(snapshot: Changes): number {
    let news = 0;
    for (const { type, doc } of snapshot.docChanges()) {
      if (type === 'removed') continue;
      const writtenAt: Timestamp = doc.get('updatedAt');
      const name: string = doc.get('name');
      if (this.#seen.get(name) === writtenAt.valueOf()) continue;
      this.#seen.set(name, writtenAt.valueOf());
      news += 1;
      const record = readableRecord(doc.data());
      if (record !== undefined) this.#listener(record);
    }
    return news;
  }
}

/** @returns undefined if it is not a record, for example because a client wrote a damaged correction */
function readableRecord(document: DocumentData): ImageRecord | undefined {
  try {
    return recordOf(document);
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function later(one: Timestamp, other: Timestamp): Timestamp {
  return one.valueOf() < other.valueOf() ? other : one;
}

function writtenSince(firestore: Firestore, bucket: string, since: Timestamp): Query {
  return firestore.collectionGroup(IMAGES).where('bucket', '==', bucket).where('updatedAt', '>=', since);
}

/**
 * Images below those that a listener has, read with the small SDK of Firestore: it keeps nothing. The other one stores what it
 * reads, and looks through all of it at each page.
 */
import type { FirebaseApp } from 'firebase/app';
import {
  and,
  collection,
  connectFirestoreEmulator,
  documentId,
  type EmulatorMockTokenOptions,
  type Firestore,
  getDocs,
  getFirestore,
  limit,
  or,
  orderBy,
  query,
  startAfter,
  Timestamp,
  where,
} from 'firebase/firestore/lite';
import type { Conditions } from './filter.js';
import { type Image, imageOf } from './image.js';

export interface Access {
  /** Host, port and user; undefined: Google's Firestore. */
  readonly emulator:
    | readonly [host: string, port: number, as: { mockUserToken?: EmulatorMockTokenOptions }]
    | undefined;
  /** A read that takes longer has failed. */
  readonly answerMs: number;
}

export class OlderImages {
  readonly #firestore: Firestore;
  readonly #tenant: string;
  readonly #answerMs: number;

  /** @param app of the user */
  constructor(app: FirebaseApp, tenant: string, { emulator, answerMs }: Access) {
    this.#tenant = tenant;
    this.#answerMs = answerMs;
    this.#firestore = getFirestore(app);
    if (emulator !== undefined) connectFirestoreEmulator(this.#firestore, ...emulator);
  }

  /** The images of a query after this one, the latest first. @throws {FirebaseError} @throws {Error} no answer in time */
  async read(conditions: Conditions, last: Image, count: number): Promise<readonly Image[]> {
    const page = query(
      collection(this.#firestore, 'tenants', this.#tenant, 'images'),
      and(...conditions.map((alternatives) => or(...alternatives.map((each) => where(...each))))),
      orderBy('uploadedAt', 'desc'),
      orderBy(documentId(), 'desc'),
      startAfter(Timestamp.fromMillis(last.uploadedAt), last.id),
      limit(count),
    );
    const { docs } = await Promise.race([getDocs(page), failAfter(this.#answerMs)]);
    return docs.map((each) => imageOf(each.id, each.data()));
  }
}

/** This SDK waits for an answer that was lost. */
function failAfter(ms: number): Promise<never> {
  return new Promise((_, reject) => {
    AbortSignal.timeout(ms).onabort = () =>
      reject(new Error(`Expected an answer of Firestore within ${ms} ms`));
  });
}

/** With older-images.ts the only module that imports Firebase: it is loaded after the page has been drawn. */

import type { AlertState } from '@hangtag/shared/domain/alerts/alert-state.js';
import type { LearningRun } from '@hangtag/shared/domain/learning-run.js';
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import {
  addDoc,
  and,
  collection,
  connectFirestoreEmulator,
  type DocumentData,
  type DocumentReference,
  deleteDoc,
  disableNetwork,
  doc,
  documentId,
  enableNetwork,
  type Firestore,
  type FirestoreError,
  getCountFromServer,
  getDoc,
  getDocs,
  initializeFirestore,
  limit,
  memoryLocalCache,
  onSnapshot,
  or,
  orderBy,
  type Query,
  type QueryDocumentSnapshot,
  type QuerySnapshot,
  query,
  serverTimestamp,
  setDoc,
  Timestamp,
  updateDoc,
  waitForPendingWrites,
  where,
} from 'firebase/firestore';
import {
  connectStorageEmulator,
  type FirebaseStorage,
  getStorage,
  ref,
  type UploadMetadata,
  uploadBytesResumable,
} from 'firebase/storage';
import { isRefused } from './attempt.js';
import { type Card, cardOf } from './card.js';
import { type Chosen, objectNameOf } from './chosen.js';
import { type Filter, selectionsOf } from './filter.js';
import {
  type Image,
  imageOf,
  keyOf,
  numberOf,
  objectOf,
  type ReviewOrder,
  type Suspect,
  suspectsOf,
} from './image.js';
import { OlderImages } from './older-images.js';
import type { Waiting } from './outbox.js';
import { Reconnecting } from './reconnecting.js';
import { type Member, MOST_COUNTED, type Settings } from './settings.js';
import { isAlert, isReport, runOf, type ShownReport, type ShownSweep, sweepOf } from './stored.js';

export type Unsubscribe = () => void;

export interface Changes {
  readonly changed: readonly Image[];
  /** Ids of images that do not match any more. */
  readonly removed: readonly string[];
  /** The oldest one that the listener has now, if there may be older ones. */
  readonly oldest: Image | undefined;
  /** True without a connection. */
  readonly isFromCache: boolean;
}

export interface ChangeListener {
  /** The most images that it has at a time, the newest of all. */
  readonly count: number;
  onChanges(changes: Changes): void;
  onError(code: string): void;
}

export interface ImageListener {
  /** Called with all images of the query whenever one of them changes. */
  onImages(images: readonly Image[]): void;
  /** The listener has ended: `permission-denied` and the like. */
  onError(code: string): void;
}

export interface ReviewListener extends Pick<ImageListener, 'onError'> {
  /** @param hasMore there are images beyond those that were asked for */
  onImages(images: readonly Image[], hasMore: boolean): void;
}

/** Of the tenant. An absent one is off. */
export interface ReviewSettings {
  /** Of so many pictures of a review, one is a control. */
  readonly controlEvery?: number;
  /** Of so many images, one needs the same answer of two people. */
  readonly doubleEvery?: number;
}

export interface Reports {
  /** The latest first. */
  readonly readable: readonly ShownReport[];
  /** Days whose report has another form. */
  readonly unreadable: readonly string[];
}

/** What is known so far. */
export interface Health {
  readonly sweep?: ShownSweep | undefined;
  readonly alerts?: readonly AlertState[];
  /** The day of the latest report. */
  readonly lastReport?: string;
}

/** What a browser gives no type for. Storage's rules want one. */
const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  heic: 'image/heic',
  heif: 'image/heif',
  avif: 'image/avif',
};

/** Of a tenant. */
type Collection =
  | 'images'
  | 'claims'
  | 'reports'
  | 'alerts'
  | 'rollouts'
  | 'controls'
  | 'answers'
  | 'queues'
  | 'models'
  | 'learning';

/** The most ids that Firestore compares in a query. */
const MOST_IDS = 30;
const REPORTS = 60;
const CONTROLS = 100;
const ANSWERS = 1_000;
const ALERTS = 100;
const CARDS = 1_000;
const CLOSE_MS = 5_000;
const RECONNECT_SECONDS = 10;
/** A page of older images may take so many times as long: each read that is given up costs another one. */
const PATIENCE = 6;
const DAY_MS = 86_400_000;
/** This page among others of the same user. */
const PAGE_ID = crypto.randomUUID();
let lastId = 0;

/** Records and bucket of a user's tenant, with the rights of this user. */
export class Backend {
  readonly #user: Member;
  readonly #bucket: string;
  readonly #shards: number;
  readonly #app: FirebaseApp;
  readonly #firestore: Firestore;
  readonly #storage: FirebaseStorage;
  readonly #older: OlderImages;
  /** Keeps listeners and writes that wait. */
  readonly reconnecting: Reconnecting;

  /** @param signedIn an app with a user of Firebase Auth; without one, a token is made up for the emulators */
  constructor(settings: Settings, user: Member, signedIn?: FirebaseApp) {
    const { projectId, bucket, firestoreEmulator, storageEmulator, indexShards = 1 } = settings;
    this.#user = user;
    this.#bucket = bucket;
    this.#shards = indexShards;
    const { uid: sub, tenant, role } = user;
    const as = signedIn === undefined ? { mockUserToken: { sub, tenant, role } } : {};
    lastId += 1;
    const local = { projectId, apiKey: 'local', storageBucket: bucket };
    this.#app = signedIn ?? initializeApp(local, `user ${lastId}`);
    this.#firestore = initializeFirestore(this.#app, { localCache: memoryLocalCache() });
    const emulator =
      firestoreEmulator === undefined ? undefined : ([...addressOf(firestoreEmulator), as] as const);
    if (emulator) connectFirestoreEmulator(this.#firestore, ...emulator);
    this.#storage = getStorage(this.#app, `gs://${bucket}`);
    if (storageEmulator) connectStorageEmulator(this.#storage, ...addressOf(storageEmulator), as);
    const reconnectMs = (settings.reconnectSeconds ?? RECONNECT_SECONDS) * 1_000;
    this.reconnecting = new Reconnecting(() => void this.#reconnect(), reconnectMs);
    this.#older = new OlderImages(this.#app, user.tenant, { emulator, answerMs: PATIENCE * reconnectMs });
  }

  /** Several listeners if the filter needs several queries. Together they are complete down to the latest of their last images. */
  listenToNewest(filter: Filter, { count, onChanges, onError }: ChangeListener): Unsubscribe {
    const selections = this.#matches(filter);
    const lastImages = new Map<Query, Image | undefined>();
    const held: Image[] = [];
    const stops = selections.map((selection) =>
      onSnapshot(
        query(selection, orderBy('uploadedAt', 'desc'), limit(count)),
        { includeMetadataChanges: true },
        (snapshot) => {
          const changes = snapshot.docChanges();
          const changed = changes.filter(({ type }) => type !== 'removed').map(({ doc }) => doc);
          const removed = changes.filter(
            ({ type, doc }) => type === 'removed' && !isPushedOut(doc, snapshot, count),
          );
          held.push(...changed.map((each) => imageOf(each.id, each.data())));
          const last = snapshot.docs[count - 1];
          lastImages.set(selection, last && imageOf(last.id, last.data()));
          if (lastImages.size < selections.length) return;
          const oldest = [...lastImages.values()].filter((each) => each !== undefined).sort(byUpload)[0];
          onChanges({
            changed: held.splice(0).filter(({ uploadedAt }) => uploadedAt >= (oldest?.uploadedAt ?? 0)),
            removed: removed.map(({ doc }) => doc.id),
            oldest,
            isFromCache: snapshot.metadata.fromCache,
          });
        },
        ({ code }) => onError(code),
      ),
    );
    return allOf(stops);
  }

  /** The next images of the query, after this one. @throws {FirebaseError} */
  async readOlder(filter: Filter, last: Image, count: number): Promise<readonly Image[]> {
    const pages = await Promise.all(
      selectionsOf(filter, this.#shards).map((conditions) => this.#older.read(conditions, last, count)),
    );
    return pages.flat().sort(byUpload).slice(0, count);
  }

  /** How many images match, up to `MOST_COUNTED`: the rules permit no longer query. @throws {FirebaseError} */
  async count(filter: Filter): Promise<number> {
    const counts = await Promise.all(
      this.#matches(filter).map((selection) => getCountFromServer(query(selection, limit(MOST_COUNTED)))),
    );
    const sum = counts.reduce((total, answer) => total + answer.data().count, 0);
    return Math.min(sum, MOST_COUNTED);
  }

  /** One record as it is stored, and as it changes. `data` is undefined if it does not exist. */
  listenToRecord(
    id: string,
    onChange: (data: DocumentData | undefined) => void,
    onError: (code: string) => void,
  ): Unsubscribe {
    return listenToDocument(doc(this.#images(), id), onChange, ({ code }) => onError(code));
  }

  /**
   * Images in review, the first ones of this order, and images of which a model on trial is sure that they are something else,
   * until somebody judges them.
   * @param count the most images of each of the two
   */
  listenToReview(by: ReviewOrder, count: number, { onImages, onError }: ReviewListener): Unsubscribe {
    const waiting = this.#waiting(by).map((each) => query(each, limit(count)));
    const disputes = [where('shadow.disputes', '==', true), where('correction', '==', null)];
    const selections = [...waiting, query(this.#images(), ...disputes, limit(count))];
    const found = new Map<Query, readonly Image[]>();
    const stops = selections.map((selection) =>
      this.#listen(selection, {
        onImages: (images) => {
          found.set(selection, images);
          if (found.size < selections.length) return;
          const parts = [...found.values()];
          const byId = new Map(parts.flat().map((image) => [image.id, image]));
          onImages(
            [...byId.values()],
            parts.some(({ length }) => length === count),
          );
        },
        onError,
      }),
    );
    return allOf(stops);
  }

  /** Images whose label is likely wrong, the most likely first, until a person has judged them. */
  listenToSuspects(listener: ImageListener): Unsubscribe {
    let stop: Unsubscribe = () => {};
    const stopList = onSnapshot(
      doc(this.#of('queues'), 'suspects'),
      (list) => {
        stop();
        stop = this.#listenToListed(suspectsOf(list.data() ?? {}), listener);
      },
      ({ code }) => listener.onError(code),
    );
    return () => {
      stopList();
      stop();
    };
  }

  /** Reports of the last days, the latest first. */
  listenToReports(onReports: (reports: Reports) => void): Unsubscribe {
    return onSnapshot(
      query(this.#of('reports'), orderBy('day', 'desc'), limit(REPORTS)),
      ({ docs }) => {
        const reports: readonly unknown[] = docs.map((each) => each.get('report'));
        const unreadable = docs.filter((_, index) => !isReport(reports[index])).map(({ id }) => id);
        onReports({ readable: reports.filter(isReport), unreadable });
      },
      () => onReports({ readable: [], unreadable: [] }),
    );
  }

  /** For administrators. Called at first, and after each change of the tenant's models. */
  listenToRollouts(onChange: () => void): Unsubscribe {
    return onSnapshot(query(this.#of('rollouts'), orderBy('n', 'desc'), limit(1)), onChange, onChange);
  }

  /** For administrators: the cards of the versions that the tenant added or used. */
  listenToCards(onCards: (cards: readonly Card[]) => void): Unsubscribe {
    return onSnapshot(
      query(this.#of('models'), limit(CARDS)),
      ({ docs }) => onCards(docs.map((each) => cardOf(each.id, each.data()))),
      () => onCards([]),
    );
  }

  /** For administrators: the last run of learning; null without one that the page can read. */
  listenToLearning(onRun: (run: LearningRun | null) => void, onError: (error: Error) => void): Unsubscribe {
    const latest = doc(this.#of('learning'), 'latest');
    return listenToDocument(latest, (run = {}) => onRun(runOf(run) ?? null), onError);
  }

  /** Corrections and confirmations after a time, in epoch milliseconds, up to `MOST_COUNTED`. @throws {FirebaseError} */
  async countCorrections(after: number): Promise<number> {
    const corrected = where('correction.at', '>', Timestamp.fromMillis(after));
    return (await getCountFromServer(query(this.#images(), corrected, limit(MOST_COUNTED)))).data().count;
  }

  /** For administrators. What the rules refuse is left out: only those of `default` read the sweep. */
  listenToHealth(onChange: (change: Health) => void): Unsubscribe {
    const refused = () => {};
    const stops = [
      onSnapshot(
        query(this.#of('alerts'), limit(ALERTS)),
        ({ docs }) => onChange({ alerts: docs.map((each) => each.data()).filter(isAlert) }),
        refused,
      ),
      onSnapshot(
        query(this.#of('reports'), orderBy('day', 'desc'), limit(1)),
        ({ docs }) => docs[0] !== undefined && onChange({ lastReport: docs[0].id }),
        refused,
      ),
      onSnapshot(
        doc(this.#firestore, 'sweeps', this.#bucket),
        (sweep) => onChange({ sweep: sweepOf(sweep.data() ?? {}) }),
        refused,
      ),
    ];
    return allOf(stops);
  }

  /** Images that failed several times, up to `MOST_COUNTED`. @throws {FirebaseError} */
  async countParked(): Promise<number> {
    const parked = [where('status', '==', 'failed'), where('reason', '==', 'parked'), limit(MOST_COUNTED)];
    return (await getCountFromServer(query(this.#images(), ...parked))).data().count;
  }

  #listenToListed(suspects: readonly Suspect[], { onImages, onError }: ImageListener): Unsubscribe {
    const images = new Map<string, Image>();
    const report = () =>
      onImages(
        suspects.flatMap(({ id, generation, likely }) => {
          const image = images.get(id);
          const isOpen = image?.generation === generation && image.status === 'done' && !image.isCorrected;
          return image !== undefined && isOpen ? [{ ...image, likely }] : [];
        }),
      );
    report();
    const parts = Array.from({ length: Math.ceil(suspects.length / MOST_IDS) }, (_, part) =>
      suspects.slice(part * MOST_IDS, (part + 1) * MOST_IDS).map(({ id }) => id),
    );
    const stops = parts.map((ids) =>
      this.#listen(query(this.#images(), where(documentId(), 'in', ids), limit(MOST_IDS)), {
        onImages: (changed) => {
          for (const image of changed) images.set(image.id, image);
          report();
        },
        onError,
      }),
    );
    return allOf(stops);
  }

  /** Stores a person's answer on this generation of an image. @throws what Firestore's rules answer */
  async answer(answer: Waiting): Promise<void> {
    return this.reconnecting.until(answer.isDouble ? this.#answerOfTwo(answer) : this.#correct(answer));
  }

  /** The first of these writes that the rules accept: they know who has answered, and this page does not. */
  async #answerOfTwo({ id, generation, category }: Waiting): Promise<void> {
    const given = { image: id, generation, category, by: this.#user.uid, at: serverTimestamp() };
    const give = (turn: 'first' | 'second') =>
      isAccepted(setDoc(doc(this.#of('answers'), `${id}.${generation}.${turn}`), given));
    if (await give('first')) return;
    const isSecond = await give('second');
    const correction = this.#correct({ id, generation, category });
    // Refused after a second answer: it differs from the first, and a third person decides.
    if (isSecond) await isAccepted(correction);
    else await correction;
  }

  async #correct({ id, generation, category }: Waiting): Promise<void> {
    const at = serverTimestamp();
    await updateDoc(doc(this.#images(), id), {
      correction: { category, by: this.#user.uid, at, generation },
      status: 'done',
      reason: null,
      updatedAt: at,
    });
  }

  /** The same for an answer of an earlier page, unless the image has another state by now. @throws {FirebaseError} */
  async correctLate(answer: Waiting): Promise<void> {
    const { status, generation, isCorrected } = imageOf(
      answer.id,
      (await getDoc(doc(this.#images(), answer.id))).data() ?? {},
    );
    const isOpen = status === 'review' || (status === 'done' && !isCorrected);
    if (isOpen && generation === answer.generation) await this.answer(answer);
  }

  listenToReviewSettings(onSettings: (settings: ReviewSettings) => void): Unsubscribe {
    return listenToDocument(
      doc(this.#firestore, 'tenants', this.#user.tenant),
      (tenant) => onSettings(reviewSettingsOf(tenant?.['review'])),
      () => onSettings({}),
    );
  }

  /** Keys of the images that need two people, and to which this user has given an answer: the latest 1,000. */
  listenToOwnAnswers(onKeys: (keys: ReadonlySet<string>) => void): Unsubscribe {
    const own = where('by', '==', this.#user.uid);
    let isKnown = false;
    return onSnapshot(
      query(this.#of('answers'), own, orderBy('at', 'desc'), limit(ANSWERS)),
      { includeMetadataChanges: true },
      ({ docs, metadata }) => {
        isKnown ||= !metadata.fromCache;
        if (isKnown)
          onKeys(
            new Set(docs.map((each) => keyOf({ id: each.get('image'), generation: each.get('generation') }))),
          );
      },
      () => onKeys(new Set()),
    );
  }

  /** Images whose category another person has chosen. @throws {FirebaseError} */
  async readControls(): Promise<readonly Image[]> {
    const judged = query(this.#images(), where('correction.by', '!=', this.#user.uid), limit(CONTROLS));
    return (await getDocs(judged)).docs
      .filter((each) => each.get('correction.generation') === each.get('generation'))
      .map((each) => imageOf(each.id, each.data()))
      .filter(({ status }) => status === 'done');
  }

  /** Stores the answer to a control, which changes no label. @throws what Firestore's rules answer */
  async answerControl({ id, generation, category: expected }: Image, category: string): Promise<void> {
    const answer = { image: id, generation, category, expected, by: this.#user.uid, at: serverTimestamp() };
    await this.reconnecting.until(addDoc(this.#of('controls'), answer));
  }

  /** For administrators: the latest answers to controls, or to images that need two people. */
  listenToAnswers(
    to: 'controls' | 'answers',
    onAnswers: (answers: readonly DocumentData[]) => void,
  ): Unsubscribe {
    return onSnapshot(
      query(this.#of(to), orderBy('at', 'desc'), limit(ANSWERS)),
      ({ docs }) => onAnswers(docs.map((each) => each.data())),
      () => onAnswers([]),
    );
  }

  /** Makes or renews this page's claim on an image. @returns false if another page has it */
  async claim({ id }: Image, seconds: number): Promise<boolean> {
    // A policy of Firestore deletes forgotten claims. The clock of this machine may be wrong, so it waits for a day.
    const expireAt = Timestamp.fromMillis(Date.now() + DAY_MS);
    const claim = { by: this.#user.uid, page: PAGE_ID, at: serverTimestamp(), seconds, expireAt };
    return this.reconnecting.until(setDoc(doc(this.#of('claims'), id), claim)).then(
      () => true,
      () => false,
    );
  }

  release({ id }: Image): void {
    // If it fails, the claim expires.
    deleteDoc(doc(this.#of('claims'), id)).catch(() => {});
  }

  /**
   * @param onProgress gets the share that has arrived, 0 to 1
   * @throws {FirebaseError} `storage/unauthorized` and the like
   */
  async upload(chosen: Chosen, onProgress: (share: number) => void): Promise<void> {
    const { tenant, uid } = this.#user;
    const { file } = chosen;
    const folder = `tenants/${tenant}/uploads/${new Date().toISOString().slice(0, 10)}/`;
    const target = ref(this.#storage, objectNameOf(folder, chosen));
    const contentType = file.type || TYPES_BY_ENDING[file.name.split('.').at(-1)?.toLowerCase() ?? ''];
    const metadata: UploadMetadata = { customMetadata: { owner: uid }, ...(contentType && { contentType }) };
    const task = uploadBytesResumable(target, file, metadata);
    task.on('state_changed', ({ bytesTransferred, totalBytes }) =>
      onProgress(totalBytes === 0 ? 1 : bytesTransferred / totalBytes),
    );
    await task;
  }

  /** Sends what has been written before, if that is possible in a few seconds. */
  async close(): Promise<void> {
    const sent = waitForPendingWrites(this.#firestore);
    await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, CLOSE_MS))]);
    this.reconnecting.close();
    await deleteApp(this.#app);
  }

  async #reconnect(): Promise<void> {
    await disableNetwork(this.#firestore);
    await enableNetwork(this.#firestore);
  }

  #images() {
    return this.#of('images');
  }

  #of(name: Collection) {
    return collection(this.#firestore, 'tenants', this.#user.tenant, name);
  }

  /** Only indexes with a time are divided into shards. */
  #waiting(by: ReviewOrder): readonly Query[] {
    if (by === 'age')
      return this.#matches({ status: 'review' }).map((each) => query(each, orderBy('uploadedAt')));
    return [query(this.#images(), where('status', '==', 'review'), orderBy('confidence'))];
  }

  #matches(filter: Filter): readonly Query[] {
    return selectionsOf(filter, this.#shards).map((conditions) =>
      query(
        this.#images(),
        and(...conditions.map((alternatives) => or(...alternatives.map((each) => where(...each))))),
      ),
    );
  }

  #listen(selection: ReturnType<typeof query>, listener: ImageListener): Unsubscribe {
    let isKnown = false;
    return onSnapshot(
      selection,
      { includeMetadataChanges: true },
      ({ docs, metadata }) => {
        // Without a connection Firestore's SDK reports an empty cache.
        isKnown ||= docs.length > 0 || !metadata.fromCache;
        if (isKnown) listener.onImages(docs.map((each) => imageOf(each.id, each.data() ?? {})));
      },
      ({ code }) => listener.onError(code),
    );
  }
}

function reviewSettingsOf(review: unknown): ReviewSettings {
  const [controlEvery, doubleEvery] = ['controlEvery', 'doubleEvery'].map((name) =>
    numberOf(objectOf(review)?.[name]),
  );
  return {
    ...(controlEvery != null && controlEvery >= 2 && { controlEvery }),
    ...(doubleEvery != null && doubleEvery >= 1 && { doubleEvery }),
  };
}

/** @returns false if the rules refuse it @throws {FirebaseError} of another reason */
function isAccepted(write: Promise<void>): Promise<boolean> {
  return write.then(
    () => true,
    (error: unknown) => {
      if (isRefused(error)) return false;
      throw error;
    },
  );
}

/** @param onChange gets undefined if the document does not exist */
function listenToDocument(
  reference: DocumentReference,
  onChange: (data: DocumentData | undefined) => void,
  onError: (error: FirestoreError) => void,
): Unsubscribe {
  return onSnapshot(
    reference,
    { includeMetadataChanges: true },
    // Without a connection Firestore's SDK reports that nothing exists.
    (found) => (found.exists() || !found.metadata.fromCache) && onChange(found.data()),
    onError,
  );
}

function allOf(stops: readonly Unsubscribe[]): Unsubscribe {
  return () => {
    for (const stop of stops) stop();
  };
}

/** The latest first, and then by id as Firestore orders them. */
function byUpload(one: Image, other: Image): number {
  return other.uploadedAt - one.uploadedAt || (one.id < other.id ? 1 : -1);
}

/** It left the query because newer images came, and not because it was deleted or does not match. */
function isPushedOut(document: QueryDocumentSnapshot, { docs }: QuerySnapshot, count: number): boolean {
  const last = docs.at(-1);
  return docs.length === count && last !== undefined && uploadedAtOf(document) <= uploadedAtOf(last);
}

function uploadedAtOf(document: QueryDocumentSnapshot): number {
  return imageOf(document.id, document.data()).uploadedAt;
}

function addressOf(emulator: string): [host: string, port: number] {
  const { hostname, port } = new URL(`http://${emulator}`);
  return [hostname, Number(port)];
}

/** The only module that imports Firebase: it is loaded after the page has been drawn. */
import { deleteApp, type FirebaseApp, initializeApp } from 'firebase/app';
import {
  collection,
  connectFirestoreEmulator,
  deleteDoc,
  doc,
  type Firestore,
  initializeFirestore,
  limit,
  memoryLocalCache,
  onSnapshot,
  orderBy,
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
import { type Image, imageOf } from './image.js';
import type { Settings, TestUser } from './settings.js';

export type Unsubscribe = () => void;

export interface ImageListener {
  /** Called with all images of the query whenever one of them changes. `isFromCache` is true without a connection. */
  onImages(images: readonly Image[], isFromCache: boolean): void;
  /** The listener has ended: `permission-denied` and the like. */
  onError(code: string): void;
}

/** What a browser gives no type for. Storage's rules want one. */
const TYPES_BY_ENDING: Readonly<Record<string, string>> = {
  heic: 'image/heic',
  heif: 'image/heif',
  avif: 'image/avif',
};

const CLOSE_MS = 5_000;
const DAY_MS = 86_400_000;
/** This page among others of the same user. */
const PAGE_ID = crypto.randomUUID();
let lastId = 0;

/** Records and bucket of a user's tenant, with the rights of this user. */
export class Backend {
  readonly #user: TestUser;
  readonly #app: FirebaseApp;
  readonly #firestore: Firestore;
  readonly #storage: FirebaseStorage;

  constructor({ projectId, bucket, firestoreEmulator, storageEmulator }: Settings, user: TestUser) {
    this.#user = user;
    const { uid: sub, tenant, role } = user;
    const as = { mockUserToken: { sub, tenant, role } };
    lastId += 1;
    this.#app = initializeApp({ projectId, apiKey: 'local', storageBucket: bucket }, `user ${lastId}`);
    this.#firestore = initializeFirestore(this.#app, { localCache: memoryLocalCache() });
    connectFirestoreEmulator(this.#firestore, ...addressOf(firestoreEmulator), as);
    this.#storage = getStorage(this.#app);
    connectStorageEmulator(this.#storage, ...addressOf(storageEmulator), as);
  }

  /** The newest images of a tenant, by default the user's own. */
  listenToNewest(count: number, listener: ImageListener): Unsubscribe {
    return this.#listen(query(this.#images(), orderBy('uploadedAt', 'desc'), limit(count)), listener);
  }

  listenToReview(count: number, listener: ImageListener): Unsubscribe {
    return this.#listen(query(this.#images(), where('status', '==', 'review'), limit(count)), listener);
  }

  /** Stores a person's decision on this generation of an image. @throws what Firestore's rules answer */
  async correct({ id, generation }: Image, category: string): Promise<void> {
    const at = serverTimestamp();
    await updateDoc(doc(this.#images(), id), {
      correction: { category, by: this.#user.uid, at, generation },
      status: 'done',
      reason: null,
      updatedAt: at,
    });
  }

  /** Makes or renews this page's claim on an image. @returns false if another page has it */
  async claim({ id }: Image, seconds: number): Promise<boolean> {
    // A policy of Firestore deletes forgotten claims. The clock of this machine may be wrong, so it waits for a day.
    const expireAt = Timestamp.fromMillis(Date.now() + DAY_MS);
    const claim = { by: this.#user.uid, page: PAGE_ID, at: serverTimestamp(), seconds, expireAt };
    return setDoc(doc(this.#claims(), id), claim).then(
      () => true,
      () => false,
    );
  }

  release({ id }: Image): void {
    // If it fails, the claim expires.
    deleteDoc(doc(this.#claims(), id)).catch(() => {});
  }

  /**
   * Into a folder of its own, since nothing may be overwritten and phones name every picture alike.
   * @param onProgress gets the share that has arrived, 0 to 1
   * @throws {FirebaseError} `storage/unauthorized` and the like
   */
  async upload(file: File, onProgress: (share: number) => void): Promise<void> {
    const { tenant, uid } = this.#user;
    const folder = `tenants/${tenant}/uploads/${new Date().toISOString().slice(0, 10)}/${crypto.randomUUID()}`;
    const target = ref(this.#storage, `${folder}/${file.webkitRelativePath || file.name}`);
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
    await deleteApp(this.#app);
  }

  #images() {
    return collection(this.#firestore, 'tenants', this.#user.tenant, 'images');
  }

  #claims() {
    return collection(this.#firestore, 'tenants', this.#user.tenant, 'claims');
  }

  #listen(selection: ReturnType<typeof query>, listener: ImageListener): Unsubscribe {
    return onSnapshot(
      selection,
      { includeMetadataChanges: true },
      ({ docs, metadata }) =>
        listener.onImages(
          docs.map((each) => imageOf(each.id, each.data() ?? {})),
          metadata.fromCache,
        ),
      ({ code }) => listener.onError(code),
    );
  }
}

function addressOf(emulator: string): [host: string, port: number] {
  const { hostname, port } = new URL(`http://${emulator}`);
  return [hostname, Number(port)];
}

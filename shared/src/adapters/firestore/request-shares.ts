import { type DocumentReference, type Firestore, Timestamp } from '@google-cloud/firestore';
import { type RequestShare, type RequestWindow, takeShare } from '../../domain/request-window.js';
import type { RequestShares } from '../../ports/request-shares.js';
import { transientOr } from '../grpc-outcome.js';

/** One document for each key, which each minute replaces. No client may read it. */
const REQUEST_WINDOWS = 'requestWindows';

export class FirestoreRequestShares implements RequestShares {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  /** One read, and one write if the limit is not reached. */
  async take(asked: RequestWindow, wanted: number): Promise<RequestShare> {
    const document = this.#document(asked.key);
    try {
      return await this.#firestore.runTransaction(async (transaction) => {
        const data = (await transaction.get(document)).data();
        const last = data && { startsAt: data['startsAt'].toMillis(), taken: data['taken'] };
        const { window, share } = takeShare(last, asked, wanted);
        const { startsAt, taken } = window;
        const times = {
          startsAt: Timestamp.fromMillis(startsAt),
          expireAt: Timestamp.fromMillis(asked.endsAt),
        };
        if (share.taken > 0) transaction.set(document, { taken, ...times });
        return share;
      });
    } catch (error) {
      throw transientOr(error, `count the requests of ${asked.key}`);
    }
  }

  /** A key can have characters that an id of a document cannot. */
  #document(key: string): DocumentReference {
    return this.#firestore.collection(REQUEST_WINDOWS).doc(Buffer.from(key).toString('base64url'));
  }
}

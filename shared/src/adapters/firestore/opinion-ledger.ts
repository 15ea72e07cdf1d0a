import { type DocumentReference, FieldValue, type Firestore } from '@google-cloud/firestore';
import type { TenantId } from '../../domain/identity.js';
import type { Day } from '../../domain/report/day-window.js';
import type { OpinionLedger, OpinionSpending } from '../../ports/second-opinion.js';
import { transientOr } from '../grpc-outcome.js';

export class FirestoreOpinionLedger implements OpinionLedger {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async of(tenant: TenantId, day: Day): Promise<OpinionSpending> {
    try {
      const snapshot = await this.#document(tenant, day).get();
      return { images: snapshot.get('images') ?? 0, usd: snapshot.get('usd') ?? 0 };
    } catch (error) {
      throw transientOr(error, `read what opinions of ${tenant} cost`);
    }
  }

  async add(tenant: TenantId, day: Day, usd: number): Promise<void> {
    const more = { images: FieldValue.increment(1), usd: FieldValue.increment(usd) };
    try {
      await this.#document(tenant, day).set(more, { merge: true });
    } catch (error) {
      throw transientOr(error, `count what an opinion of ${tenant} cost`);
    }
  }

  #document(tenant: TenantId, day: Day): DocumentReference {
    return this.#firestore.doc(`tenants/${tenant}/opinions/${day}`);
  }
}

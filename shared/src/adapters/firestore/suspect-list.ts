import { FieldValue, type Firestore } from '@google-cloud/firestore';
import type { TenantId } from '../../domain/identity.js';
import type { SuspectImage, SuspectList } from '../../ports/suspect-list.js';
import { transientOr } from '../grpc-outcome.js';

export class FirestoreSuspectList implements SuspectList {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async put(tenant: TenantId, suspects: readonly SuspectImage[]): Promise<void> {
    const document = this.#firestore.doc(`tenants/${tenant}/queues/suspects`);
    try {
      await document.set({ at: FieldValue.serverTimestamp(), images: suspects });
    } catch (error) {
      throw transientOr(error, `write ${document.path}`);
    }
  }
}

import { type Firestore, type Query, Timestamp } from '@google-cloud/firestore';
import { BILLABLE_STATUSES } from '../../domain/budget.js';
import type { TenantId } from '../../domain/identity.js';
import type { Spending } from '../../ports/spending.js';
import { transientOr } from '../grpc-outcome.js';
import { IMAGES } from './record-store.js';

export class FirestoreSpending implements Spending {
  readonly #firestore: Firestore;

  constructor(firestore: Firestore) {
    this.#firestore = firestore;
  }

  async imagesSince(sinceMs: number, tenant?: TenantId): Promise<number> {
    try {
      const queued = this.#images(tenant)
        .where('status', 'in', BILLABLE_STATUSES)
        .where('queuedAt', '>=', Timestamp.fromMillis(sinceMs));
      return (await queued.count().get()).data().count;
    } catch (error) {
      throw transientOr(error, `count the images of ${tenant ?? 'all tenants'}`);
    }
  }

  #images(tenant: TenantId | undefined): Query {
    return tenant === undefined
      ? this.#firestore.collectionGroup(IMAGES)
      : this.#firestore.collection(`tenants/${tenant}/${IMAGES}`);
  }
}

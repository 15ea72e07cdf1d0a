import { type Firestore, type Query, Timestamp } from '@google-cloud/firestore';
import { BILLABLE_STATUSES } from '../../domain/budget.js';
import type { TenantId } from '../../domain/identity.js';
import type { Spending } from '../../ports/spending.js';
import { transientOr } from '../grpc-outcome.js';
import { IMAGES } from './record-store.js';
import { queriesOverShards } from './sharded-query.js';

export class FirestoreSpending implements Spending {
  readonly #firestore: Firestore;
  readonly #shards: number;

  constructor(firestore: Firestore, { shards = 1 } = {}) {
    this.#firestore = firestore;
    this.#shards = shards;
  }

  async imagesSince(sinceMs: number, tenant?: TenantId): Promise<number> {
    try {
      const queued = this.#images(tenant)
        .where('status', 'in', BILLABLE_STATUSES)
        .where('queuedAt', '>=', Timestamp.fromMillis(sinceMs));
      const queries = queriesOverShards(queued, this.#shards, BILLABLE_STATUSES.length);
      const counts = await Promise.all(
        queries.map(async (query) => (await query.count().get()).data().count),
      );
      return counts.reduce((sum, count) => sum + count, 0);
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

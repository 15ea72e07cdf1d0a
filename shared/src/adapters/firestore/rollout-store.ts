import {
  type CollectionReference,
  FieldValue,
  type Firestore,
  type Query,
  Timestamp,
} from '@google-cloud/firestore';
import type { TenantId } from '../../domain/identity.js';
import type { NewRollout, Rollout } from '../../domain/rollout.js';
import { standardLog } from '../../log.js';
import type { RolloutStore } from '../../ports/rollout-store.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { parseRollout } from '../rollout-document.js';
import { type FaultLog, readable } from '../unreadable.js';
import { timeBound } from './time-bound.js';

export class FirestoreRolloutStore implements RolloutStore {
  readonly #firestore: Firestore;
  readonly #log: FaultLog;

  constructor(firestore: Firestore, log: FaultLog = standardLog) {
    this.#firestore = firestore;
    this.#log = log;
  }

  /** `create` fails if another process wrote this number, and with it the whole batch. */
  async append(tenant: TenantId, rollout: NewRollout): Promise<boolean> {
    const batch = this.#firestore.batch();
    const entry = this.#rollouts(tenant).doc(String(rollout.n).padStart(6, '0'));
    batch.create(entry, { ...rollout, at: FieldValue.serverTimestamp() });
    batch.set(this.#firestore.doc(`tenants/${tenant}`), { model: rollout.model }, { mergeFields: ['model'] });
    try {
      await batch.commit();
      return true;
    } catch (error) {
      if (grpcCodeOf(error) === GRPC.alreadyExists) return false;
      throw transientOr(error, `write rollout ${rollout.n} of ${tenant}`);
    }
  }

  async list(tenant: TenantId): Promise<readonly Rollout[]> {
    return this.#read(this.#rollouts(tenant).orderBy('n', 'desc'));
  }

  async lastAt(tenant: TenantId, atMs: number): Promise<Rollout | undefined> {
    const before = this.#rollouts(tenant).where('at', '<=', timeBound(atMs));
    return (await this.#read(before.orderBy('at', 'desc').limit(1)))[0];
  }

  async #read(query: Query): Promise<readonly Rollout[]> {
    try {
      const { docs } = await query.get();
      return docs.flatMap((snapshot) => {
        const { at, ...fields } = snapshot.data();
        const content = { ...fields, at: at instanceof Timestamp ? at.toMillis() : at };
        return readable(snapshot.ref.path, () => parseRollout(content), this.#log) ?? [];
      });
    } catch (error) {
      throw transientOr(error, 'read rollouts');
    }
  }

  #rollouts(tenant: TenantId): CollectionReference {
    return this.#firestore.collection(`tenants/${tenant}/rollouts`);
  }
}

import { type CollectionReference, FieldValue, type Firestore, Timestamp } from '@google-cloud/firestore';
import type { TenantId } from '../../domain/identity.js';
import type { KnownModel, NewKnownModel } from '../../domain/known-model.js';
import { type ModelVersion, nameOfVersion } from '../../domain/model-version.js';
import type { TrialEvidence } from '../../domain/trial.js';
import { standardLog } from '../../log.js';
import type { KnownModels } from '../../ports/known-models.js';
import { GRPC, grpcCodeOf, transientOr } from '../grpc-outcome.js';
import { parseKnownModel } from '../known-model-document.js';
import { type FaultLog, readable } from '../unreadable.js';

export class FirestoreKnownModels implements KnownModels {
  readonly #firestore: Firestore;
  readonly #log: FaultLog;

  constructor(firestore: Firestore, log: FaultLog = standardLog) {
    this.#firestore = firestore;
    this.#log = log;
  }

  async add(tenant: TenantId, model: NewKnownModel): Promise<void> {
    const document = this.#models(tenant).doc(nameOfVersion(model));
    try {
      if ((await document.get()).get('digest') === model.digest) return;
      await document.set({ ...model, addedAt: FieldValue.serverTimestamp(), trial: null });
    } catch (error) {
      throw transientOr(error, `write ${document.path}`);
    }
  }

  async putTrial(tenant: TenantId, version: ModelVersion, trial: TrialEvidence): Promise<void> {
    const document = this.#models(tenant).doc(nameOfVersion(version));
    try {
      await document.update({ trial });
    } catch (error) {
      if (grpcCodeOf(error) !== GRPC.notFound) throw transientOr(error, `write ${document.path}`);
    }
  }

  async list(tenant: TenantId): Promise<readonly KnownModel[]> {
    try {
      const { docs } = await this.#models(tenant).get();
      return docs.flatMap((snapshot) => {
        const { addedAt, ...fields } = snapshot.data();
        const content = { ...fields, addedAt: addedAt instanceof Timestamp ? addedAt.toMillis() : addedAt };
        return readable(snapshot.ref.path, () => parseKnownModel(content), this.#log) ?? [];
      });
    } catch (error) {
      throw transientOr(error, `read the models of ${tenant}`);
    }
  }

  async remove(tenant: TenantId, version: ModelVersion): Promise<void> {
    const document = this.#models(tenant).doc(nameOfVersion(version));
    try {
      await document.delete();
    } catch (error) {
      throw transientOr(error, `remove ${document.path}`);
    }
  }

  #models(tenant: TenantId): CollectionReference {
    return this.#firestore.collection(`tenants/${tenant}/models`);
  }
}

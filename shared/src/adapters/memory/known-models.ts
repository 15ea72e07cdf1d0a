import type { TenantId } from '../../domain/identity.js';
import type { KnownModel, NewKnownModel } from '../../domain/known-model.js';
import { type ModelVersion, nameOfVersion } from '../../domain/model-version.js';
import type { TrialEvidence } from '../../domain/trial.js';
import { compareUtf8 } from '../../domain/utf8-order.js';
import type { Clock } from '../../ports/clock.js';
import type { KnownModels } from '../../ports/known-models.js';

export class MemoryKnownModels implements KnownModels {
  readonly #clock: Clock;
  readonly #models = new Map<TenantId, Map<string, KnownModel>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async add(tenant: TenantId, model: NewKnownModel): Promise<void> {
    const name = nameOfVersion(model);
    const known = this.#models.get(tenant) ?? new Map<string, KnownModel>();
    if (known.get(name)?.digest === model.digest) return;
    known.set(name, { ...model, addedAt: this.#clock.now(), trial: null });
    this.#models.set(tenant, known);
  }

  async putTrial(tenant: TenantId, version: ModelVersion, trial: TrialEvidence): Promise<void> {
    const name = nameOfVersion(version);
    const model = this.#models.get(tenant)?.get(name);
    if (model !== undefined) this.#models.get(tenant)?.set(name, { ...model, trial });
  }

  async list(tenant: TenantId): Promise<readonly KnownModel[]> {
    const known = [...(this.#models.get(tenant) ?? [])];
    return known.sort(([a], [b]) => compareUtf8(a, b)).map(([, model]) => model);
  }

  async remove(tenant: TenantId, version: ModelVersion): Promise<void> {
    this.#models.get(tenant)?.delete(nameOfVersion(version));
  }
}

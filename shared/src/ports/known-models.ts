import type { TenantId } from '../domain/identity.js';
import type { KnownModel, NewKnownModel } from '../domain/known-model.js';
import type { ModelVersion } from '../domain/model-version.js';
import type { TrialEvidence } from '../domain/trial.js';

/**
 * The documents `tenants/{t}/models/{id@version}`. A document that cannot be parsed is one log line, and is left out. Every method
 * throws `TransientError` on network or quota failure.
 */
export interface KnownModels {
  /** Does nothing if the tenant knows this content of the version. */
  add(tenant: TenantId, model: NewKnownModel): Promise<void>;
  /** Replaces the figures of the last trial. Does nothing if the tenant does not know the version. */
  putTrial(tenant: TenantId, version: ModelVersion, evidence: TrialEvidence): Promise<void>;
  /** In the order of id and version. */
  list(tenant: TenantId): Promise<readonly KnownModel[]>;
  /** Does nothing if the tenant does not know the version. */
  remove(tenant: TenantId, version: ModelVersion): Promise<void>;
}

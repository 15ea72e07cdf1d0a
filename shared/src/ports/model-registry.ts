import type { TenantId } from '../domain/identity.js';
import type { VerdictPolicy } from '../domain/verdict.js';
import type { Classifier } from './classifier.js';

/** What is known of a model without running it. */
export interface ModelSummary {
  readonly id: string;
  readonly version: string;
  /** Names of its categories. */
  readonly labels: readonly string[];
}

/** The model that labels a tenant's images, and what is made of its scores. */
export interface ActiveModel {
  /** May still be loading: images wait for it then. It refuses images while the model itself fails: see domain/circuit. */
  readonly classifier: Classifier;
  readonly manifest: ModelSummary;
  readonly policy: VerdictPolicy;
}

/** Which model labels whose images. One process may hold several models. */
export interface ModelRegistry {
  /** @throws {ModelError} the tenant's model must not serve */
  resolve(tenant: TenantId): Promise<ActiveModel>;
  /**
   * Resolves once every model in use has passed its golden set.
   * @throws {ModelError | CrashError} a model must not serve, or its worker process could not start
   */
  ready(): Promise<void>;
  close(): Promise<void>;
}

import type { TenantId } from '../domain/identity.js';
import type { VerdictPolicy } from '../domain/verdict.js';
import type { Classifier } from './classifier.js';

/** Properties of a model that are known without loading it. */
export interface ModelSummary {
  readonly id: string;
  readonly version: string;
  /** Names of its categories. */
  readonly labels: readonly string[];
}

/** The model that labels a tenant's images, and the policy for its scores. */
export interface ActiveModel {
  /** Images wait while it loads. It refuses images while the model itself fails: see domain/circuit. */
  readonly classifier: Classifier;
  readonly manifest: ModelSummary;
  readonly policy: VerdictPolicy;
  /** Whether records keep the embedding. */
  readonly keepsEmbedding?: boolean;
  /** Whether labelled images get a thumbnail. */
  readonly makesThumbnails?: boolean;
}

/** Finds the model of a tenant. One process may hold several models. */
export interface ModelRegistry {
  /** @throws {ModelError} the tenant's model may not be used */
  resolve(tenant: TenantId): Promise<ActiveModel>;
  /**
   * Resolves once every model in use has passed its golden set.
   * @throws {ModelError | CrashError} a model may not be used, or its worker process could not start
   */
  ready(): Promise<void>;
  close(): Promise<void>;
}

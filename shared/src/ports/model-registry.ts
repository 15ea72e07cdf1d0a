import type { TenantId } from '../domain/identity.js';
import type { Guarantees } from '../domain/precision-guarantee.js';
import type { VerdictPolicy } from '../domain/verdict.js';
import type { Classifier, Extras } from './classifier.js';

/** Properties of a model that are known without loading it. */
export interface ModelSummary {
  readonly id: string;
  readonly version: string;
  /** Names of its categories. */
  readonly labels: readonly string[];
  /** Absent: it guarantees no precision. */
  readonly guarantees?: Guarantees | undefined;
}

/** A model on trial, which labels a share of the images too, 0 to 1. Its answers are recorded and not used. */
export interface ShadowModel {
  readonly classifier: Classifier;
  readonly share: number;
}

/** The model that labels a tenant's images, and the policy for its scores. */
export interface ActiveModel {
  /** Images wait while it loads. It refuses images while the model itself fails: see domain/circuit. */
  readonly classifier: Classifier;
  readonly manifest: ModelSummary;
  /** The folder of its files on this machine. Absent: that of the installation. */
  readonly dir?: string;
  readonly policy: VerdictPolicy;
  /** Whether records keep the embedding. */
  readonly keepsEmbedding?: boolean;
  /** What images get besides their labels. */
  readonly extras?: Extras;
  /** Absent while no model is on trial, or until it has loaded. */
  readonly shadow?: ShadowModel;
}

/** Finds the model of a tenant. One process may hold several models. */
export interface ModelRegistry {
  /** @throws {ModelError} no model of the tenant and not that of the installation may be used */
  resolve(tenant: TenantId): Promise<ActiveModel>;
  /**
   * Resolves once the model of the installation has passed its golden set, and nothing else is loading.
   * @throws {ModelError | CrashError} that model may not be used, or its worker process could not start
   */
  ready(): Promise<void>;
  close(): Promise<void>;
}

import type { TenantId } from '../domain/identity.js';
import type { LearningRun } from '../domain/learning-run.js';

/** Opaque: Firestore's update time. Two versions are equal if and only if nothing was written between them. */
export type LearningRunVersion = string & { readonly __brand: 'LearningRunVersion' };

export interface VersionedLearningRun {
  /** `undefined` if the document cannot be read: the next run replaces it. */
  readonly run: LearningRun | undefined;
  readonly version: LearningRunVersion;
}

/** The last run of each tenant: `tenants/{t}/learning/latest`. Every method throws `TransientError` on network or quota failure. */
export interface LearningRuns {
  get(tenant: TenantId): Promise<VersionedLearningRun | undefined>;
  /**
   * @param version undefined: the tenant has no run
   * @returns the new version; undefined if the document is not as it was at `version`
   */
  put(
    tenant: TenantId,
    run: LearningRun,
    version: LearningRunVersion | undefined,
  ): Promise<LearningRunVersion | undefined>;
}

import type { TenantId } from '../../domain/identity.js';
import type { LearningRun } from '../../domain/learning-run.js';
import type { LearningRuns, LearningRunVersion, VersionedLearningRun } from '../../ports/learning-runs.js';

/** Runs in a Map, with the guarantees of Firestore. */
export class MemoryLearningRuns implements LearningRuns {
  readonly #runs = new Map<TenantId, VersionedLearningRun>();
  #writes = 0;

  async get(tenant: TenantId): Promise<VersionedLearningRun | undefined> {
    return this.#runs.get(tenant);
  }

  async put(
    tenant: TenantId,
    run: LearningRun,
    known: LearningRunVersion | undefined,
  ): Promise<LearningRunVersion | undefined> {
    if (this.#runs.get(tenant)?.version !== known) return undefined;
    this.#writes += 1;
    const version = String(this.#writes) as LearningRunVersion;
    this.#runs.set(tenant, { run, version });
    return version;
  }
}

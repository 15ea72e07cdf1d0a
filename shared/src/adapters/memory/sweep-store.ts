import type { SweepState } from '../../domain/sweep-state.js';
import type { SweepStore, SweepVersion, VersionedSweep } from '../../ports/sweep-store.js';

/** Sweep documents in a Map, with the guarantees of Firestore. */
export class MemorySweepStore implements SweepStore {
  readonly #documents = new Map<string, VersionedSweep>();
  #writes = 0;

  async get(bucket: string): Promise<VersionedSweep | undefined> {
    return this.#documents.get(bucket);
  }

  async create(state: SweepState): Promise<SweepVersion | undefined> {
    return this.#documents.has(state.bucket) ? undefined : this.#put(state);
  }

  async update(state: SweepState, version: SweepVersion): Promise<SweepVersion | undefined> {
    return this.#documents.get(state.bucket)?.version === version ? this.#put(state) : undefined;
  }

  #put(state: SweepState): SweepVersion {
    this.#writes += 1;
    const version = String(this.#writes) as SweepVersion;
    this.#documents.set(state.bucket, { state, version });
    return version;
  }
}

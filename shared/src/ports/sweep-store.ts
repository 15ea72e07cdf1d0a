import type { SweepState } from '../domain/sweep-state.js';

/** Opaque: Firestore's update time. Two versions are equal if and only if nothing was written between them. */
export type SweepVersion = string & { readonly __brand: 'SweepVersion' };

export interface VersionedSweep {
  /** `undefined` if the document is not valid: the next run then starts a new sweep. */
  readonly state: SweepState | undefined;
  readonly version: SweepVersion;
}

/** The documents `sweeps/{bucket}`. Every method throws `TransientError` on network, contention or quota failure. */
export interface SweepStore {
  get(bucket: string): Promise<VersionedSweep | undefined>;
  /** @returns the new version; `undefined` if the document already exists */
  create(state: SweepState): Promise<SweepVersion | undefined>;
  /** @returns the new version; `undefined` if the document has changed since `version` or does not exist */
  update(state: SweepState, version: SweepVersion): Promise<SweepVersion | undefined>;
}

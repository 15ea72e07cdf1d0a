import type { SweepState } from '../domain/sweep-state.js';

/** Opaque: Firestore's update time. Equal exactly when nothing was written between. */
export type SweepVersion = string & { readonly __brand: 'SweepVersion' };

export interface VersionedSweep {
  /** `undefined` where the document is not of the agreed form: whoever claims it begins anew. */
  readonly state: SweepState | undefined;
  readonly version: SweepVersion;
}

/** The documents `sweeps/{bucket}`. Every method throws `TransientError` on network, contention or quota failure. */
export interface SweepStore {
  get(bucket: string): Promise<VersionedSweep | undefined>;
  /** @returns the new version, or `undefined` where the document exists already */
  create(state: SweepState): Promise<SweepVersion | undefined>;
  /** @returns the new version, or `undefined` where the document changed since `version`, or is gone */
  update(state: SweepState, version: SweepVersion): Promise<SweepVersion | undefined>;
}

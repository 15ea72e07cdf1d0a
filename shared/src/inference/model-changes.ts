import type { TenantId } from '../domain/identity.js';
import type { ModelPin } from '../domain/model-version.js';

/** A tenant whose active model cannot be loaded. */
export interface MissingModel {
  readonly active: ModelPin;
  /** The one that labels meanwhile; undefined: that of the installation. */
  readonly inPlace: ModelPin | undefined;
}

/** @param missing undefined: the active model labels */
export type ModelReport = (tenant: TenantId, missing: MissingModel | undefined) => void;

/** Reports whether the active model of a tenant labels: at its first image, and at each change. */
export function onEachChange(report: ModelReport) {
  const known = new Map<TenantId, string | undefined>();
  return (tenant: TenantId, active: ModelPin | null, used: ModelPin | undefined): void => {
    const isMissing = active !== null && active.digest !== used?.digest;
    const state = isMissing ? active.digest : undefined;
    const isNews = known.has(tenant) ? known.get(tenant) !== state : active !== null;
    if (!isNews) return;
    known.set(tenant, state);
    report(tenant, isMissing ? { active, inPlace: used } : undefined);
  };
}

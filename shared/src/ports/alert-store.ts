import type { AlertState } from '../domain/alerts/alert-state.js';
import type { TenantId } from '../domain/identity.js';
import type { Condition } from '../domain/report/findings.js';

/** What people were told: `tenants/{tenant}/alerts/{condition}`. Every method throws `TransientError` on network or quota failure. */
export interface AlertStore {
  get(tenant: TenantId, condition: Condition): Promise<VersionedAlert | undefined>;
  /** @returns the new version, or undefined where the state changed since `known`, and nothing was written */
  put(
    tenant: TenantId,
    state: AlertState,
    known: AlertVersion | undefined,
  ): Promise<AlertVersion | undefined>;
}

export interface VersionedAlert {
  readonly state: AlertState;
  readonly version: AlertVersion;
}

/** Opaque. Equal exactly when nothing was written between. */
export type AlertVersion = string & { readonly __brand: 'AlertVersion' };

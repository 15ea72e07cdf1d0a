import type { AlertState } from '../domain/alerts/alert-state.js';
import type { TenantId } from '../domain/identity.js';
import type { Condition } from '../domain/report/findings.js';

/** The state of each alert: `tenants/{tenant}/alerts/{condition}`. Every method throws `TransientError` on network or quota failure. */
export interface AlertStore {
  get(tenant: TenantId, condition: Condition): Promise<VersionedAlert | undefined>;
  /** @returns the new version; undefined if the state has changed since `known`: nothing is written then */
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

/** Opaque. Two versions are equal if and only if nothing was written between them. */
export type AlertVersion = string & { readonly __brand: 'AlertVersion' };

/**
 * The tenants of the installation, in memory. They are read once and then watched: no image costs a read, and a change is known
 * within seconds.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { ModelPin } from '@hangtag/shared/domain/model-version.js';
import { type Tenant, type TenantDefault, tenantWith } from '@hangtag/shared/domain/tenant.js';
import type { TenantDocuments, TenantStore } from '@hangtag/shared/ports/tenant-store.js';

export interface Tenants {
  of(tenant: TenantId): Tenant;
  /** Tenants that have a model of their own, with it. */
  ownModels(): ReadonlyMap<TenantId, ModelPin>;
  close(): void;
}

export type TenantDefaults = (tenant: TenantId) => TenantDefault;

/** @throws {TransientError} the tenants could not be read */
export async function openTenants(store: TenantStore, defaultsOf: TenantDefaults): Promise<Tenants> {
  const withDefaults = (documents: TenantDocuments) =>
    new Map([...documents].map(([id, document]) => [id, tenantWith(id, document, defaultsOf(id))]));
  let tenants = withDefaults(await store.list());
  const stop = store.watch((documents) => {
    tenants = withDefaults(documents);
  });
  return {
    of: (tenant) => tenants.get(tenant) ?? tenantWith(tenant, {}, defaultsOf(tenant)),
    ownModels: () =>
      new Map([...tenants].flatMap(([id, { models }]) => (models.active ? [[id, models.active]] : []))),
    close: stop,
  };
}

import type { TenantId } from '../domain/identity.js';
import type { TenantDocument } from '../domain/tenant.js';

export type TenantDocuments = ReadonlyMap<TenantId, TenantDocument>;

/**
 * The documents `tenants/{id}`. A tenant without a document has the defaults. A document that cannot be parsed is one log line, and
 * is left out. Every method throws `TransientError` on network or quota failure.
 */
export interface TenantStore {
  list(): Promise<TenantDocuments>;
  /**
   * Calls back with all documents at first and after each change. If the connection ends, the store connects again.
   * @returns how to stop
   */
  watch(onChange: (tenants: TenantDocuments) => void): () => void;
  /** @returns false if there is a document already: nothing is written then */
  create(tenant: TenantId, settings: TenantDocument): Promise<boolean>;
  /** Replaces all settings; the models stay. @returns false if there is no document: nothing is written then */
  replace(tenant: TenantId, settings: TenantDocument): Promise<boolean>;
  /** The images and reports of the tenant stay. @returns false if there is no document */
  remove(tenant: TenantId): Promise<boolean>;
}

import type { TenantId } from '../../domain/identity.js';
import type { TenantModels } from '../../domain/model-version.js';
import type { TenantDocument } from '../../domain/tenant.js';
import { standardLog } from '../../log.js';
import type { TenantDocuments, TenantStore } from '../../ports/tenant-store.js';
import { parseTenant } from '../tenant-document.js';
import { type FaultLog, readable } from '../unreadable.js';

export class MemoryTenantStore implements TenantStore {
  readonly #documents = new Map<TenantId, TenantDocument>();
  readonly #listeners = new Set<(tenants: TenantDocuments) => void>();
  readonly #log: FaultLog;

  constructor(log: FaultLog = standardLog) {
    this.#log = log;
  }

  async list(): Promise<TenantDocuments> {
    return new Map(this.#documents);
  }

  watch(onChange: (tenants: TenantDocuments) => void): () => void {
    this.#listeners.add(onChange);
    onChange(new Map(this.#documents));
    return () => this.#listeners.delete(onChange);
  }

  async create(tenant: TenantId, settings: TenantDocument): Promise<boolean> {
    if (this.#documents.has(tenant)) return false;
    this.put(tenant, settings);
    return true;
  }

  async replace(tenant: TenantId, settings: TenantDocument): Promise<boolean> {
    const known = this.#documents.get(tenant);
    if (known === undefined) return false;
    this.put(tenant, { ...settings, ...(known.model && { model: known.model }) });
    return true;
  }

  async remove(tenant: TenantId): Promise<boolean> {
    const isRemoved = this.#documents.delete(tenant);
    this.#announce();
    return isRemoved;
  }

  /** Any content, as somebody may write it into the database by hand. */
  put(tenant: TenantId, content: unknown): void {
    const document = readable(`tenants/${tenant}`, () => parseTenant(content), this.#log);
    if (document === undefined) this.#documents.delete(tenant);
    else this.#documents.set(tenant, document);
    this.#announce();
  }

  /** As a rollout does. */
  putModels(tenant: TenantId, model: TenantModels): void {
    this.put(tenant, { ...this.#documents.get(tenant), model });
  }

  #announce(): void {
    for (const listener of this.#listeners) listener(new Map(this.#documents));
  }
}

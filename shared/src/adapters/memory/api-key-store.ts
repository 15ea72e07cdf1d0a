import type { ApiKey, KeyId } from '../../domain/api-key.js';
import type { TenantId } from '../../domain/identity.js';
import type { ApiKeyStore, KeyChange } from '../../ports/api-key-store.js';

export class MemoryApiKeyStore implements ApiKeyStore {
  readonly #keys = new Map<KeyId, ApiKey>();

  async create(key: ApiKey): Promise<boolean> {
    if (this.#keys.has(key.id)) return false;
    this.#keys.set(key.id, key);
    return true;
  }

  async get(id: KeyId): Promise<ApiKey | undefined> {
    return this.#keys.get(id);
  }

  async list(tenant: TenantId): Promise<readonly ApiKey[]> {
    const keys = [...this.#keys.values()].filter((key) => key.tenant === tenant);
    return keys.sort((one, other) => one.createdAt - other.createdAt);
  }

  async update(id: KeyId, change: KeyChange): Promise<boolean> {
    const key = this.#keys.get(id);
    if (key === undefined) return false;
    this.#keys.set(id, { ...key, ...change });
    return true;
  }
}

import type { ApiKey, KeyId } from '../domain/api-key.js';
import type { TenantId } from '../domain/identity.js';

export type KeyChange = Partial<Pick<ApiKey, 'expiresAt' | 'revokedAt' | 'lastUsedAt' | 'replacedBy'>>;

/** The documents `apiKeys/{id}`. Every method throws `TransientError` on network or quota failure. */
export interface ApiKeyStore {
  /** @returns false if the id is taken: nothing is written then */
  create(key: ApiKey): Promise<boolean>;
  get(id: KeyId): Promise<ApiKey | undefined>;
  /** All keys of a tenant, the oldest first. */
  list(tenant: TenantId): Promise<readonly ApiKey[]>;
  /** @returns false if there is no such key */
  update(id: KeyId, change: KeyChange): Promise<boolean>;
}

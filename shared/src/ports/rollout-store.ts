import type { TenantId } from '../domain/identity.js';
import type { NewRollout, Rollout } from '../domain/rollout.js';

/** The documents `tenants/{t}/rollouts/{n}`. An entry that cannot be parsed is one log line, and is left out. */
export interface RolloutStore {
  /**
   * Writes the next entry, and its models into the tenant's document, both or neither.
   *
   * @returns false if there is an entry with this number: nothing is written then
   */
  append(tenant: TenantId, rollout: NewRollout): Promise<boolean>;
  /** Newest first. */
  list(tenant: TenantId): Promise<readonly Rollout[]>;
  /** The last entry at this time, in epoch milliseconds. One query. */
  lastAt(tenant: TenantId, atMs: number): Promise<Rollout | undefined>;
}

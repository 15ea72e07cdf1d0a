import type { TenantId } from '../../domain/identity.js';
import type { NewRollout, Rollout } from '../../domain/rollout.js';
import type { Clock } from '../../ports/clock.js';
import type { RolloutStore } from '../../ports/rollout-store.js';
import type { MemoryTenantStore } from './tenant-store.js';

export class MemoryRolloutStore implements RolloutStore {
  readonly #tenants: MemoryTenantStore;
  readonly #clock: Clock;
  readonly #rollouts = new Map<TenantId, readonly Rollout[]>();

  constructor(tenants: MemoryTenantStore, clock: Clock) {
    this.#tenants = tenants;
    this.#clock = clock;
  }

  async append(tenant: TenantId, rollout: NewRollout): Promise<boolean> {
    const known = this.#rollouts.get(tenant) ?? [];
    if (known.some(({ n }) => n === rollout.n)) return false;
    this.#rollouts.set(tenant, [{ ...rollout, at: this.#clock.now() }, ...known]);
    this.#tenants.putModels(tenant, rollout.model);
    return true;
  }

  async list(tenant: TenantId): Promise<readonly Rollout[]> {
    return this.#rollouts.get(tenant) ?? [];
  }

  async lastAt(tenant: TenantId, atMs: number): Promise<Rollout | undefined> {
    return (await this.list(tenant)).find(({ at }) => at <= atMs);
  }
}

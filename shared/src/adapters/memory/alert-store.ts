import type { AlertState } from '../../domain/alerts/alert-state.js';
import type { TenantId } from '../../domain/identity.js';
import type { Condition } from '../../domain/report/findings.js';
import type { AlertStore, AlertVersion, VersionedAlert } from '../../ports/alert-store.js';

export class MemoryAlertStore implements AlertStore {
  readonly #alerts = new Map<string, VersionedAlert>();
  #writes = 0;

  async get(tenant: TenantId, condition: Condition): Promise<VersionedAlert | undefined> {
    return this.#alerts.get(`${tenant}/${condition}`);
  }

  async put(
    tenant: TenantId,
    state: AlertState,
    known: AlertVersion | undefined,
  ): Promise<AlertVersion | undefined> {
    const key = `${tenant}/${state.condition}`;
    if (this.#alerts.get(key)?.version !== known) return undefined;
    this.#writes += 1;
    const version = String(this.#writes) as AlertVersion;
    this.#alerts.set(key, { state, version });
    return version;
  }
}

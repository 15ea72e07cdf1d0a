/**
 * Decides for an upload, and for the sweep, whether one more image may be queued today. Two budgets must allow it, the
 * tenant's and that of all tenants. An image that they do not allow becomes `deferred`, and a later sweep queues it again.
 */
import { type Budget, dailyImages, type Share, shareOf } from '@hangtag/shared/domain/budget.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Spending } from '@hangtag/shared/ports/spending.js';

export interface SpendGuard {
  /**
   * @param work queues the image, or defers it where it is not allowed; afterwards the count sees what it wrote
   * @throws {TransientError} nobody could count
   */
  spend<T>(tenant: TenantId, work: (isAllowed: boolean) => Promise<T>): Promise<T>;
}

/** No limit is set: nothing is counted, nothing is read. */
export const UNLIMITED: SpendGuard = { spend: (_tenant, work) => work(true) };

export interface SpendPolicy {
  readonly perTenant: Budget;
  readonly overall: Budget;
  /** Estimated cost of labelling one image. */
  readonly usdPerImage: number;
  /** Instances that may take a share of the budget at the same time. */
  readonly workers: number;
}

export interface SpendPorts {
  readonly spending: Spending;
  readonly clock: Clock;
  /** The civil day of an instant, in epoch milliseconds: a tenant's own, or that of all. */
  dayOf(nowMs: number, tenant: TenantId | undefined): { readonly fromMs: number; readonly toMs: number };
  /** Called once a day by each worker for each budget that is used up; without a tenant: the budget of all. */
  onExhausted(tenant: TenantId | undefined, limit: number): Promise<void>;
}

type Scope = TenantId | 'all';

/** Before the first count, and after the last image of a share. */
const USED_UP: Share = { left: 0, until: 0 };

export class DailySpendGuard implements SpendGuard {
  readonly #purses = new Map<Scope, Purse>();
  readonly #policy: SpendPolicy;
  readonly #ports: SpendPorts;

  constructor(policy: SpendPolicy, ports: SpendPorts) {
    this.#policy = policy;
    this.#ports = ports;
  }

  async spend<T>(tenant: TenantId, work: (isAllowed: boolean) => Promise<T>): Promise<T> {
    const taken: Purse[] = [];
    let isAllowed = true;
    try {
      for (const purse of [this.#purse(tenant), this.#purse('all')]) {
        isAllowed &&= await purse.take();
        if (isAllowed) taken.push(purse);
      }
      if (!isAllowed) for (const purse of taken.splice(0)) purse.giveBack();
      return await work(isAllowed);
    } finally {
      for (const purse of taken) purse.settle();
    }
  }

  #purse(scope: Scope): Purse {
    const tenant = scope === 'all' ? undefined : scope;
    const { perTenant, overall, usdPerImage, workers } = this.#policy;
    const limit = dailyImages(tenant === undefined ? overall : perTenant, usdPerImage);
    const purse = this.#purses.get(scope) ?? new Purse({ tenant, limit, workers }, this.#ports);
    this.#purses.set(scope, purse);
    return purse;
  }
}

interface Terms {
  readonly tenant: TenantId | undefined;
  readonly limit: number;
  readonly workers: number;
}

/** This worker's share of one budget. */
class Purse {
  readonly #terms: Terms;
  readonly #ports: SpendPorts;
  #share: Share = USED_UP;
  /** Images that were taken and may not be in a count yet. */
  #underWay = 0;
  #counting: Promise<void> | undefined;

  constructor(terms: Terms, ports: SpendPorts) {
    this.#terms = terms;
    this.#ports = ports;
  }

  /** Takes one image out of the share. @returns false where the budget has none left */
  async take(): Promise<boolean> {
    do await this.#fill();
    while (
      // Others that waited for the same count may have used the share up.
      this.#share === USED_UP
    );
    if (this.#share.left <= 0) return false;
    const left = this.#share.left - 1;
    this.#share = left > 0 ? { ...this.#share, left } : USED_UP;
    this.#underWay += 1;
    return true;
  }

  /** The image was not queued after all. */
  giveBack(): void {
    this.#underWay -= 1;
    if (this.#share !== USED_UP) this.#share = { ...this.#share, left: this.#share.left + 1 };
  }

  /** What became of the image is recorded: the next count sees it. */
  settle(): void {
    this.#underWay -= 1;
  }

  /** Counts again when the share is used up or too old. One count serves everybody who waits for it. */
  async #fill(): Promise<void> {
    if (this.#ports.clock.now() < this.#share.until) return;
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    await this.#counting;
  }

  async #count(): Promise<void> {
    const { spending, clock, dayOf, onExhausted } = this.#ports;
    const { tenant, limit, workers } = this.#terms;
    const nowMs = clock.now();
    const { fromMs, toMs: dayEndsMs } = dayOf(nowMs, tenant);
    const unseen = this.#underWay;
    const spent = Number.isFinite(limit) ? await spending.imagesSince(fromMs, tenant) : 0;
    this.#share = shareOf({ limit, spent, unseen, workers, nowMs, dayEndsMs });
    if (spent >= limit) await onExhausted(tenant, limit);
  }
}

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
   * @param work queues the image, or defers it if it is not allowed; later counts include what it wrote
   * @throws {TransientError} the images could not be counted
   */
  spend<T>(tenant: TenantId, work: (isAllowed: boolean) => Promise<T>): Promise<T>;
}

/** The guard without limits: nothing is counted or read. */
export const UNLIMITED: SpendGuard = { spend: (_tenant, work) => work(true) };

export interface SpendPolicy {
  readonly perTenant: (tenant: TenantId) => Budget;
  readonly overall: Budget;
  /** Estimated cost of labelling one image. */
  readonly usdPerImage: number;
  /** Instances that may hold a share of the budget at the same time. */
  readonly workers: number;
}

export interface SpendPorts {
  readonly spending: Spending;
  readonly clock: Clock;
  /** The calendar day of an instant, in epoch milliseconds, in the time zone of a tenant or of the installation. */
  dayOf(
    nowMs: number,
    tenant: TenantId | undefined,
  ): Promise<{ readonly fromMs: number; readonly toMs: number }>;
  /** Called once a day by each worker for each budget that is used up; without a tenant: the budget of all. */
  onExhausted(tenant: TenantId | undefined, limit: number): Promise<void>;
}

type Scope = TenantId | 'all';

/** Before the first count, and after the last image of a share. */
const USED_UP: Share = { left: 0, until: 0 };
const UNBOUNDED: Share = { left: Number.POSITIVE_INFINITY, until: Number.POSITIVE_INFINITY };

export class DailySpendGuard implements SpendGuard {
  readonly #shares = new Map<Scope, HeldShare>();
  readonly #policy: SpendPolicy;
  readonly #ports: SpendPorts;

  constructor(policy: SpendPolicy, ports: SpendPorts) {
    this.#policy = policy;
    this.#ports = ports;
  }

  async spend<T>(tenant: TenantId, work: (isAllowed: boolean) => Promise<T>): Promise<T> {
    const taken: HeldShare[] = [];
    let isAllowed = true;
    try {
      for (const share of [this.#shareOf(tenant), this.#shareOf('all')]) {
        isAllowed &&= await share.take();
        if (isAllowed) taken.push(share);
      }
      if (!isAllowed) for (const share of taken.splice(0)) share.giveBack();
      return await work(isAllowed);
    } finally {
      for (const share of taken) share.confirm();
    }
  }

  #shareOf(scope: Scope): HeldShare {
    const tenant = scope === 'all' ? undefined : scope;
    const { perTenant, overall, usdPerImage, workers } = this.#policy;
    const limit = dailyImages(tenant === undefined ? overall : perTenant(tenant), usdPerImage);
    const share = this.#shares.get(scope) ?? new HeldShare({ tenant, workers }, this.#ports);
    this.#shares.set(scope, share);
    share.limitTo(limit);
    return share;
  }
}

interface Terms {
  readonly tenant: TenantId | undefined;
  readonly workers: number;
}

/** The share of one budget that this worker holds. */
class HeldShare {
  readonly #terms: Terms;
  readonly #ports: SpendPorts;
  #share: Share = USED_UP;
  /** Images a day. */
  #limit = Number.POSITIVE_INFINITY;
  /** Images that were taken from the share and may not be in a count yet. */
  #underWay = 0;
  #counting: Promise<void> | undefined;

  constructor(terms: Terms, ports: SpendPorts) {
    this.#terms = terms;
    this.#ports = ports;
  }

  /** Counts again if the limit of the tenant was changed. */
  limitTo(limit: number): void {
    if (limit === this.#limit) return;
    this.#limit = limit;
    this.#share = USED_UP;
  }

  /** Takes one image from the share. @returns false if the budget is used up */
  async take(): Promise<boolean> {
    do await this.#fill();
    while (
      // Other calls that waited for the same count may have used up the share.
      this.#share === USED_UP
    );
    if (this.#share.left <= 0) return false;
    const left = this.#share.left - 1;
    this.#share = left > 0 ? { ...this.#share, left } : USED_UP;
    this.#underWay += 1;
    return true;
  }

  /** Returns the image to the share, because it was not queued. */
  giveBack(): void {
    this.#underWay -= 1;
    if (this.#share !== USED_UP) this.#share = { ...this.#share, left: this.#share.left + 1 };
  }

  /** The image is recorded, so the next count includes it. */
  confirm(): void {
    this.#underWay -= 1;
  }

  /** Counts again when the share is used up or too old. Simultaneous calls wait for the same count. */
  async #fill(): Promise<void> {
    if (this.#ports.clock.now() < this.#share.until) return;
    this.#counting ??= this.#count().finally(() => {
      this.#counting = undefined;
    });
    await this.#counting;
  }

  async #count(): Promise<void> {
    const { spending, clock, dayOf, onExhausted } = this.#ports;
    const { tenant, workers } = this.#terms;
    const limit = this.#limit;
    if (limit === Number.POSITIVE_INFINITY) {
      this.#share = UNBOUNDED;
      return;
    }
    const nowMs = clock.now();
    const { fromMs, toMs: dayEndsMs } = await dayOf(nowMs, tenant);
    const unseen = this.#underWay;
    const spent = await spending.imagesSince(fromMs, tenant);
    this.#share = shareOf({ limit, spent, unseen, workers, nowMs, dayEndsMs });
    if (spent >= limit) await onExhausted(tenant, limit);
  }
}

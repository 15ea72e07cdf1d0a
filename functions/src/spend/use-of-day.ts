/** How much of a budget today has used. The limits are those that `DailySpendGuard` enforces. */
import { dailyImages } from '@hangtag/shared/domain/budget.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { SpendPolicy, SpendPorts } from './guard.js';

export type BudgetPorts = Omit<SpendPolicy, 'workers'> & Omit<SpendPorts, 'onExhausted'>;

export interface UseOfDay {
  /** Images that were queued today. */
  readonly images: number;
  /** Images a day; null: no limit. */
  readonly limit: number | null;
  /** US dollars, by the price list. */
  readonly costEstimate: number;
}

/** @param tenant undefined: all tenants, with the budget of the installation */
export async function useOfDay(tenant: TenantId | undefined, ports: BudgetPorts): Promise<UseOfDay> {
  const { perTenant, overall, usdPerImage, spending, clock, dayOf } = ports;
  const limit = dailyImages(tenant === undefined ? overall : perTenant(tenant), usdPerImage);
  const { fromMs } = await dayOf(clock.now(), tenant);
  const images = await spending.imagesSince(fromMs, tenant);
  return { images, limit: Number.isFinite(limit) ? limit : null, costEstimate: images * usdPerImage };
}

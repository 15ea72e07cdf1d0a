import type { PriceList } from '@hangtag/shared/domain/prices.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';
import type { IngestPorts } from '../ingest/handler.js';
import type { CurrentModels } from './stale-model.js';

export interface SweepPorts extends IngestPorts {
  readonly objects: ObjectStore;
  readonly sweeps: SweepStore;
  readonly clock: Clock;
  readonly prices: PriceList;
  readonly limits: SweepLimits;
  /** Ends a run early; the next run continues. */
  readonly signal?: AbortSignal;
  /** Called only by the pass over labels of other models. */
  models(): Promise<CurrentModels>;
}

export interface SweepLimits {
  /** Names per page, 2 to 1,000: the last name of a page is the first of the next one. */
  readonly pageSize: number;
  /** Number of simultaneous repairs. */
  readonly concurrency: number;
  /** Younger objects without a record are not repaired: their event is probably still being processed. */
  readonly graceMs: number;
  /** An image that has been queued for longer is stuck: its message is assumed to be lost. */
  readonly stuckMs: number;
  /** Duration of the lease without renewal; much longer than a page takes. */
  readonly leaseMs: number;
  /** Interval between saves of proved pages; a page with repairs is saved at once. */
  readonly saveEveryMs: number;
  /** A run ends after this time, which is well below the function's timeout; the next run continues. */
  readonly timeBudgetMs: number;
}

export const DEFAULT_SWEEP_LIMITS: SweepLimits = {
  pageSize: 1_000,
  concurrency: 24,
  graceMs: 5 * 60_000,
  stuckMs: 30 * 60_000,
  leaseMs: 2 * 60_000,
  saveEveryMs: 1_000,
  timeBudgetMs: 25 * 60_000,
};

import type { PriceList } from '@hangtag/shared/domain/prices.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { SweepStore } from '@hangtag/shared/ports/sweep-store.js';
import type { IngestPorts } from '../ingest/handler.js';

export interface SweepPorts extends IngestPorts {
  readonly objects: ObjectStore;
  readonly sweeps: SweepStore;
  readonly clock: Clock;
  readonly prices: PriceList;
  readonly limits: SweepLimits;
  /** Ends a run early: its rest is left to the next run. */
  readonly signal?: AbortSignal;
  /** Hexadecimal SHA-256 of the weights that label today; read only by the pass over labels of older models. */
  model(): Promise<string>;
}

export interface SweepLimits {
  /** Names a page; 2 to 1,000, since the last name of a page begins the next. */
  readonly pageSize: number;
  /** Repairs at a time. */
  readonly concurrency: number;
  /** Younger objects without a record are not missing: their event is on its way. */
  readonly graceMs: number;
  /** Waiting longer than this in the queue, an image's message counts as lost. */
  readonly stuckMs: number;
  /** How long a silent worker keeps the sweep from others; far longer than a page takes. */
  readonly leaseMs: number;
  /** Proved pages are saved this often; a page that was repaired is saved at once. */
  readonly saveEveryMs: number;
  /** Stop after so long, well below the function's timeout, and leave the rest to the next run. */
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

import type { TenantId } from '../domain/identity.js';
import type { DayRow } from '../domain/report/day-row.js';
import type { Window } from '../domain/report/day-window.js';
import type { DayCounts } from '../domain/report/reconciliation.js';

/**
 * Records as the report asks for them. A day is a range of `uploadedAt`: the bucket stamped it once for a generation, so an
 * image belongs to one day for good. `queuedAt` moves whenever an image is queued again, with which a new model would
 * carry last month's images into today's report and out of the days they came in.
 *
 * Every method throws `TransientError` on network or quota failure.
 */
export interface DayRecords {
  /** Counts by status, files of Hangtag's own left out: aggregations, no record is read. */
  count(tenant: TenantId, uploaded: Window): Promise<DayCounts>;
  /** In the order of (uploadedAt, image id), without the embeddings. Memory does not grow with their number. */
  rows(tenant: TenantId, uploaded: Window): AsyncIterable<DayRow>;
  /** Those that a person corrected in the window, in the order of (correction.at, image id). */
  corrections(tenant: TenantId, corrected: Window): AsyncIterable<DayRow>;
  /** Every tenant that has records. */
  tenants(): Promise<readonly TenantId[]>;
}

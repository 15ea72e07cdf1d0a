import type { TenantId } from '../domain/identity.js';
import type { DayRow } from '../domain/report/day-row.js';
import type { Window } from '../domain/report/day-window.js';
import type { DayCounts } from '../domain/report/reconciliation.js';

/**
 * Records as the report reads them. A day is a range of `uploadedAt`, which the bucket stamps once for a generation, so that
 * an image stays on one day. `queuedAt` would not do: it changes whenever an image is queued again, and a new model would
 * move last month's images to today's report.
 *
 * Every method throws `TransientError` on network or quota failure.
 */
export interface DayRecords {
  /** Counts by status. Aggregations: no record is read. */
  count(tenant: TenantId, uploaded: Window): Promise<DayCounts>;
  /** In the order of (uploadedAt, image id), without the embeddings. Memory does not grow with their number. */
  rows(tenant: TenantId, uploaded: Window): AsyncIterable<DayRow>;
  /** Those that a person corrected in the window, in the order of (correction.at, image id). */
  corrections(tenant: TenantId, corrected: Window): AsyncIterable<DayRow>;
  /** Epoch milliseconds of the first upload in a window; undefined where there is none. One read. */
  firstUpload(tenant: TenantId, uploaded: Window): Promise<number | undefined>;
  /** Every tenant that has records. */
  tenants(): Promise<readonly TenantId[]>;
}

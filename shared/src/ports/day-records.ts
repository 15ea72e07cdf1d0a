import type { TenantId } from '../domain/identity.js';
import type { ModelVersion } from '../domain/model-version.js';
import type { DayRow } from '../domain/report/day-row.js';
import type { Window } from '../domain/report/day-window.js';
import type { DayCounts } from '../domain/report/reconciliation.js';

/**
 * The records of one day, for the report. A day is a range of `uploadedAt`: the bucket sets it once for each generation, so an
 * image always belongs to the same day. `queuedAt` changes at every requeue: a new model would move last month's images
 * to today's report.
 *
 * Every method throws `TransientError` on network or quota failure.
 */
export interface DayRecords {
  /** Counts by status. Aggregations: no record is read. */
  count(tenant: TenantId, uploaded: Window): Promise<DayCounts>;
  /** In the order of (uploadedAt, image id), without embeddings. The memory use does not depend on the number of rows. */
  rows(tenant: TenantId, uploaded: Window): AsyncIterable<DayRow>;
  /** Images that a person corrected in the window, in the order of (correction.at, image id). */
  corrections(tenant: TenantId, corrected: Window): AsyncIterable<DayRow>;
  /** Images that this version labelled as the model on trial, in any order. */
  ofTrial(tenant: TenantId, shadow: ModelVersion): AsyncIterable<DayRow>;
  /** Epoch milliseconds of the first upload in a window; undefined if it has none. One read. */
  firstUpload(tenant: TenantId, uploaded: Window): Promise<number | undefined>;
  /** Every tenant that has records. */
  tenants(): Promise<readonly TenantId[]>;
}

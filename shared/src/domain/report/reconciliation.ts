/**
 * The line that must add up: objects in the bucket = done + review + failed + skipped + deferred + queued - moved. It is counted
 * three times by different code: by the bucket's listing, by the database, and by the rows of the files.
 */
import type { Status } from '../record.js';

/**
 * Images of one day by status. `moved` are settled images whose objects were moved to the folder of their category; they
 * are counted under their status as well.
 */
export type DayCounts = Readonly<Record<Status | 'moved', number>>;

export interface Reconciliation {
  readonly objects: number;
  readonly records: number;
  readonly rows: number;
  readonly statuses: Omit<Readonly<Record<Status, number>>, 'deleted'>;
  readonly moved: number;
  readonly balanced: boolean;
}

export function reconcile(witness: {
  readonly objects: number;
  readonly counted: DayCounts;
  readonly rows: DayCounts;
}): Reconciliation {
  const { deleted, moved, ...statuses } = witness.counted;
  const records = presentIn(witness.counted);
  const rows = presentIn(witness.rows);
  const { objects } = witness;
  return { objects, records, rows, statuses, moved, balanced: objects === records && records === rows };
}

/** Images that the bucket should hold. */
export function presentIn(counts: DayCounts): number {
  const { done, review, failed, skipped, deferred, queued, moved } = counts;
  return done + review + failed + skipped + deferred + queued - moved;
}

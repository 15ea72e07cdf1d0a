/**
 * The line that must add up: objects in the bucket = done + review + failed + skipped + deferred + queued, less those
 * that were moved to the folder of their category since. Three witnesses that share no code path: the bucket's listing,
 * the database's own counts, and the rows of the files.
 */
import type { Status } from '../record.js';

/**
 * Images of one day, by status, as one witness counts them; files of Hangtag's own are left out. Of the settled ones
 * some are `moved`: their objects left the name they came under, and their labels stand.
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

/** Images that the bucket should still hold. */
export function presentIn(counts: DayCounts): number {
  const { done, review, failed, skipped, deferred, queued, moved } = counts;
  return done + review + failed + skipped + deferred + queued - moved;
}

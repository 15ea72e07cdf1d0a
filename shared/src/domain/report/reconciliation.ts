/**
 * The line that must add up: objects in the bucket = done + review + failed + skipped + deferred + queued. Three
 * witnesses that share no code path: the bucket's listing, the database's own counts, and the rows of the files.
 */
import type { Status } from '../record.js';

/** Images of one day, by status, as the database counts them; files of Hangtag's own are left out. */
export type StatusCounts = Readonly<Record<Status, number>>;

export interface Reconciliation {
  readonly objects: number;
  readonly records: number;
  readonly rows: number;
  readonly statuses: Omit<StatusCounts, 'deleted'>;
  readonly balanced: boolean;
}

export function reconcile(witness: {
  readonly objects: number;
  readonly counted: StatusCounts;
  readonly rows: StatusCounts;
}): Reconciliation {
  const { deleted, ...statuses } = witness.counted;
  const records = presentIn(witness.counted);
  const rows = presentIn(witness.rows);
  const { objects } = witness;
  return { objects, records, rows, statuses, balanced: objects === records && records === rows };
}

/** Images that the bucket should still hold. */
export function presentIn(counts: StatusCounts): number {
  const { done, review, failed, skipped, deferred, queued } = counts;
  return done + review + failed + skipped + deferred + queued;
}

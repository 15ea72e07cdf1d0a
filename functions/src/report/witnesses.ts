import { isOwnOutput } from '@hangtag/shared/domain/admission.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import type { Window } from '@hangtag/shared/domain/report/day-window.js';
import {
  type DayCounts,
  type Reconciliation,
  reconcile,
} from '@hangtag/shared/domain/report/reconciliation.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import { objectsOf } from '../records/tenant-objects.js';

export interface WitnessPorts {
  readonly records: DayRecords;
  readonly objects: ObjectStore;
  readonly bucket: string;
}

/** The event of an image that was deleted or overwritten a moment ago may not have arrived yet. */
const ROUNDS = 2;

export interface DayInQuestion {
  readonly tenant: TenantId;
  readonly window: Window;
  /** Counts of the rows of the files, once they are written. */
  readonly rows: Promise<DayCounts>;
}

/** Counts a day in the bucket and in the database while its rows are read. A mismatch is counted once more. */
export async function reconcileDay(
  { tenant, window, rows }: DayInQuestion,
  ports: WitnessPorts,
): Promise<Reconciliation> {
  const look = async () => {
    const asked = [countObjects(tenant, window, ports), ports.records.count(tenant, window), rows] as const;
    const [objects, counted, written] = await Promise.all(asked);
    return reconcile({ objects, counted, rows: written });
  };
  let result = await look();
  for (let round = 1; round < ROUNDS && !result.balanced; round += 1) result = await look();
  return result;
}

/** A bucket cannot count: its listing is read. */
async function countObjects(
  tenant: TenantId,
  { fromMs, toMs }: Window,
  ports: WitnessPorts,
): Promise<number> {
  let count = 0;
  for await (const object of objectsOf(tenant, ports)) {
    if (object.uploadedAt >= fromMs && object.uploadedAt < toMs && !isOwnOutput(object)) count += 1;
  }
  return count;
}

import { WRITTEN_BY_KEY } from '@hangtag/shared/domain/admission.js';
import { DEFAULT_TENANT, type TenantId, tenantOf } from '@hangtag/shared/domain/identity.js';
import type { Window } from '@hangtag/shared/domain/report/day-window.js';
import {
  type DayCounts,
  type Reconciliation,
  reconcile,
} from '@hangtag/shared/domain/report/reconciliation.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';

export interface WitnessPorts {
  readonly records: DayRecords;
  readonly objects: ObjectStore;
  readonly bucket: string;
}

/** Images that were deleted or overwritten just now are told by an event that takes its time. */
const ROUNDS = 2;

export interface DayInQuestion {
  readonly tenant: TenantId;
  readonly window: Window;
  /** What the lines of the files say, once they are written. */
  readonly rows: Promise<DayCounts>;
}

/** Asks bucket and database what they hold of a day, while its rows are read; asked again before it is called a mismatch. */
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

/**
 * Buckets cannot count: the listing is read, a call per thousand objects. Tenants have a folder each; whatever lies in
 * no valid tenant's folder is the default tenant's, who therefore has the whole bucket read.
 */
async function countObjects(tenant: TenantId, window: Window, ports: WitnessPorts): Promise<number> {
  const { fromMs, toMs } = window;
  const isOfDay = ({ name, uploadedAt, metadata }: StoredObject) =>
    uploadedAt >= fromMs &&
    uploadedAt < toMs &&
    metadata[WRITTEN_BY_KEY] === undefined &&
    (tenantOf(name) ?? DEFAULT_TENANT) === tenant;
  const folder = tenant === DEFAULT_TENANT ? {} : { prefix: `tenants/${tenant}/` };
  let count = 0;
  let page = await ports.objects.list(ports.bucket, folder);
  for (;;) {
    count += page.objects.filter(isOfDay).length;
    const { nextPageToken: pageToken } = page;
    if (pageToken === undefined) return count;
    page = await ports.objects.list(ports.bucket, { ...folder, pageToken });
  }
}

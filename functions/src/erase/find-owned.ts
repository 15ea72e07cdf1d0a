/** Everything that is kept of one owner: records, objects of the bucket, and rows of reports. */
import { annotationsOf, isOwnOutput } from '@hangtag/shared/domain/admission.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { civilTime, type Day } from '@hangtag/shared/domain/report/day-window.js';
import { zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import type { ErasureStore, OwnedRecord } from '@hangtag/shared/ports/erasure-store.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { objectsOf } from '../records/tenant-objects.js';
import type { ReportPorts } from '../report/handler.js';
import { namesOfOwner } from '../report/owner-rows.js';
import { folderOf, soFarFolderOf } from '../report/period.js';

/** `copy`: an object that Hangtag made of an image. `name` is that of the image or of the copy. */
export type Found = { readonly name: string; readonly day: Day } & (
  | { readonly kind: 'record'; readonly owned: OwnedRecord }
  | { readonly kind: 'object' | 'copy'; readonly object: StoredObject }
  | { readonly kind: 'row' }
);

export interface Search {
  readonly tenant: TenantId;
  readonly owner: string;
}

export interface SearchPorts {
  readonly store: Pick<ErasureStore, 'owned'>;
  readonly reports: ReportPorts;
}

/** Before every day that has a report. */
const FIRST_DAY = '0000-01-01' as Day;

export async function* findOwned(search: Search, ports: SearchPorts): AsyncIterable<Found> {
  const { tenant, owner } = search;
  const { reports } = ports;
  const zone = zoneOf(reports, tenant);
  const dayOf = ({ uploadedAt }: { readonly uploadedAt: number }) => civilTime(uploadedAt, zone).day;
  for await (const owned of ports.store.owned(tenant, owner)) {
    yield { kind: 'record', name: owned.record.name, day: dayOf(owned.record), owned };
  }
  for await (const object of objectsOf(tenant, reports, { versions: true })) {
    if (annotationsOf(object.metadata).owner !== owner) continue;
    const kind = isOwnOutput(object) ? 'copy' : 'object';
    yield { kind, name: object.name, day: dayOf(object), object };
  }
  const days = [...(await reports.archive.since(tenant, FIRST_DAY)).keys()];
  const folders = days.map((day) => ({ day, folder: folderOf({ tenant, day }) }));
  const today = civilTime(reports.clock.now(), zone).day;
  for (const { day, folder } of [...folders, { day: today, folder: soFarFolderOf(tenant) }]) {
    for (const name of await namesOfOwner(owner, folder, reports.files)) yield { kind: 'row', name, day };
  }
}

/**
 * Everything of one owner goes, on request: objects, records, and the rows and thumbnails of reports.
 *
 *   for each image:  object removed (and the copy that was filed by what it shows, which has a record of its own), then its record made a nameless tombstone
 *   for each day:    the report made again, where the day's images are still kept; else its row files and page removed
 *   at last:         an audit entry that says how many and not whose
 *
 * Any step can be done again: what was cut short is finished by asking once more.
 */
import { annotationsOf } from '@hangtag/shared/domain/admission.js';
import { onErased } from '@hangtag/shared/domain/erasure.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { isOwnFile } from '@hangtag/shared/domain/report/day-row.js';
import { civilTime, type Day, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import type { ErasureStore, OwnedRecord } from '@hangtag/shared/ports/erasure-store.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import { compareAndSet } from '../compare-and-set.js';
import type { Outcome } from '../outcome.js';
import { type ReportPorts, report } from '../report/handler.js';

export interface EraseCommand {
  readonly tenant: TenantId;
  readonly owner: string;
  /** `dry-run` counts and changes nothing. */
  readonly mode: 'dry-run' | 'erase';
}

export interface ErasePorts {
  readonly store: ErasureStore;
  readonly images: RecordStore;
  readonly reports: ReportPorts;
}

const DAY_MS = 86_400_000;

export async function erase(command: EraseCommand, ports: ErasePorts): Promise<Outcome> {
  const { tenant, mode } = command;
  // Owners are kept clipped: the whole text would not be found.
  const { owner } = annotationsOf({ owner: command.owner });
  if (owner === null) throw new RangeError('Expected an owner but received an empty text');
  const timeZone = zoneOf(ports.reports, tenant);
  const days = new Set<Day>();
  let images = 0;
  let copies = 0;
  for await (const owned of ports.store.owned(tenant, owner)) {
    if (isOwnFile(owned.record)) copies += 1;
    else images += 1;
    days.add(civilTime(owned.record.uploadedAt, timeZone).day);
    if (mode === 'erase') await eraseImage(owned, ports);
  }
  const touched = [...days].sort();
  if (mode === 'erase') {
    for (const day of touched) await refreshDay(tenant, day, ports.reports);
    await ports.store.audit(tenant, { images, days: touched });
  }
  const outcome = mode === 'erase' ? 'erased' : 'would-erase';
  return { outcome, tenant, images, copies, days: touched.join(' ') };
}

async function eraseImage({ key, record }: OwnedRecord, { images, reports }: ErasePorts): Promise<void> {
  await reports.objects.remove(record);
  await compareAndSet({ records: images, key }, await images.get(key), onErased);
}

async function refreshDay(tenant: TenantId, day: Day, ports: ReportPorts): Promise<void> {
  const archived = await ports.archive.find(tenant, day);
  if (archived === undefined) return;
  const { toMs } = dayWindow(day, zoneOf(ports, tenant));
  const keptMs = ports.settings.retention.images * DAY_MS;
  if (ports.clock.now() < toMs + keptMs) {
    await report({ tenant, day }, ports);
    return;
  }
  // Most images of that day are gone by now, and a new report would count them as deleted: its numbers stay, its rows go.
  const [kept, gone] = [archived.files.filter(isNumbers), archived.files.filter((name) => !isNumbers(name))];
  for (const name of gone) await ports.files.remove(name);
  await ports.archive.keepFiles(tenant, day, kept);
}

function isNumbers(name: string): boolean {
  return name.endsWith('/report.json');
}

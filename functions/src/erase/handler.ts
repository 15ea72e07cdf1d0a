/**
 * Erases everything that is kept of one owner, on request: records, objects, rows and thumbnails of reports, and the wardrobe.
 *
 *   1. find everything: each finding goes to the watcher          (a dry run ends here)
 *   2. delete what reviewers answered about these images; for each image, delete the object, then replace its record by a tombstone
 *      without a name
 *   3. take the name of the owner out of what this person judged and changed
 *   4. make the reports of these days again; if the images of a day are no longer kept, delete its row files and page;
 *      delete the report of today so far
 *   5. write an audit entry with the numbers and the days, without the owner
 *
 * Each step can be repeated: after a failure, another request finishes the work.
 */
import { annotationsOf } from '@hangtag/shared/domain/admission.js';
import { onErased, onObjectErased } from '@hangtag/shared/domain/erasure.js';
import { compareGenerations } from '@hangtag/shared/domain/generation.js';
import { type ImageId, imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { type Day, dayWindow } from '@hangtag/shared/domain/report/day-window.js';
import { zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import { OVERWRITTEN } from '@hangtag/shared/domain/transitions.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { ErasureStore, OwnedRecord } from '@hangtag/shared/ports/erasure-store.js';
import type { ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';
import { compareAndSet } from '../records/compare-and-set.js';
import type { Outcome } from '../records/outcome.js';
import { type ReportPorts, report } from '../report/handler.js';
import { soFarFilesOf } from '../report/period.js';
import { type Found, findOwned } from './find-owned.js';

export interface EraseCommand {
  readonly tenant: TenantId;
  readonly owner: string;
  /** `dry-run` finds everything and changes nothing. */
  readonly mode: 'dry-run' | 'erase';
}

export interface ErasePorts {
  readonly store: ErasureStore;
  readonly images: RecordStore;
  readonly reports: ReportPorts;
  readonly wardrobe?: Pick<WardrobeStore, 'count' | 'erase'> | undefined;
  readonly watcher?: EraseWatcher;
}

export interface EraseWatcher {
  onFound(found: Found): void;
}

const DAY_MS = 86_400_000;

export async function erase(command: EraseCommand, ports: ErasePorts): Promise<Outcome> {
  const { tenant, mode } = command;
  // Records have the owner in this form, cut to a length.
  const { owner } = annotationsOf({ owner: command.owner });
  if (owner === null) throw new InputError('Expected an owner but received an empty text');
  const all: Found[] = [];
  for await (const found of findOwned({ tenant, owner }, ports)) {
    ports.watcher?.onFound(found);
    all.push(found);
  }
  const days = [...new Set(all.map(({ day }) => day))].sort();
  const count = (kind: Found['kind']) => all.filter((found) => found.kind === kind).length;
  const images = new Set(all.flatMap(({ kind, name }) => (kind === 'copy' ? [] : [name]))).size;
  const wardrobe = await ports.wardrobe?.[mode === 'erase' ? 'erase' : 'count']({ tenant, uid: owner });
  const mentions = await ports.store.countMentions(tenant, owner);
  if (mode === 'erase') {
    // First: a repetition does not find the erased images again.
    await ports.store.removeReviews(tenant, all.flatMap(imageOf));
    for (const found of all) await eraseFound(found, ports);
    await ports.store.eraseMentions(tenant, owner);
    for (const day of days) await refreshReport(tenant, day, ports.reports);
    await removeReportSoFar(tenant, ports.reports);
    await ports.store.audit(tenant, { images, days });
  }
  return {
    outcome: mode === 'erase' ? 'erased' : 'would-erase',
    tenant,
    images,
    records: count('record'),
    objects: count('object'),
    copies: count('copy'),
    rows: count('row'),
    mentions,
    days: days.join(' '),
    ...(wardrobe !== undefined && { wardrobe }),
  };
}

function imageOf(found: Found): readonly ImageId[] {
  switch (found.kind) {
    case 'record':
      return [found.owned.key.imageId];
    case 'object':
      return [imageIdOf(found.object.bucket, found.object.name)];
    case 'copy':
    case 'row':
      return [];
  }
}

async function eraseFound(found: Found, ports: ErasePorts): Promise<void> {
  switch (found.kind) {
    case 'record':
      return eraseRecord(found.owned, { records: ports.images, objects: ports.reports.objects });
    case 'object':
      return eraseObject(found.object, ports);
    case 'copy':
      return ports.reports.objects.remove(found.object);
    case 'row':
      // Goes with the report of its day.
      return;
  }
}

export interface EraseRecordPorts {
  readonly records: RecordStore;
  readonly objects: Pick<ObjectStore, 'remove'>;
}

/** Deletes the object, then replaces its record by a tombstone, unless the record is of a newer object by then. */
export async function eraseRecord(
  { key, ...known }: OwnedRecord,
  { records, objects }: EraseRecordPorts,
): Promise<void> {
  await objects.remove(known.record);
  const { generation } = known.record;
  await compareAndSet({ records, key }, known, (current) =>
    current !== undefined && compareGenerations(current.generation, generation) > 0
      ? OVERWRITTEN
      : onErased(current),
  );
}

async function eraseObject(object: StoredObject, { images, reports }: ErasePorts): Promise<void> {
  await reports.objects.remove(object);
  const { metadata, ...rest } = object;
  const facts = { ...rest, ...annotationsOf(metadata) };
  await compareAndSet({ records: images, key: imageMessageOf(object) }, undefined, (current) =>
    onObjectErased(current, facts),
  );
}

async function refreshReport(tenant: TenantId, day: Day, ports: ReportPorts): Promise<void> {
  const archived = await ports.archive.find(tenant, day);
  if (archived === undefined) return;
  const { toMs } = dayWindow(day, zoneOf(ports, tenant));
  const keptMs = ports.settings.retention.images * DAY_MS;
  if (ports.clock.now() < toMs + keptMs) {
    await report({ tenant, day }, ports);
    return;
  }
  // The bucket has deleted most images of that day. A new report would count them as deleted, so the old numbers are kept.
  const kept = archived.files.filter(isNumbers);
  for (const name of archived.files.filter((each) => !isNumbers(each))) await ports.files.remove(name);
  await ports.archive.keepFiles(tenant, day, kept);
}

/** The report of today so far is not archived, so it is deleted and not made again. */
async function removeReportSoFar(tenant: TenantId, { files }: ReportPorts): Promise<void> {
  for (const name of soFarFilesOf(tenant)) await files.remove(name);
}

function isNumbers(name: string): boolean {
  return name.endsWith('/report.json');
}

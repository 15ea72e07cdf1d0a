/**
 * Finds the records whose labels are not of the active model of their tenant. For each model of the bucket, there is one query for
 * each range of names in which this model is not the active one, so up-to-date records are not read.
 */
import {
  commonPrefixOf,
  DEFAULT_TENANT,
  type TenantId,
  tenantFolderOf,
  tenantOf,
} from '@hangtag/shared/domain/identity.js';
import { isSameVersion, type ModelPin } from '@hangtag/shared/domain/model-version.js';
import { isWithin, type NameRange, rangeOf } from '@hangtag/shared/domain/name-range.js';
import type { ImageRecord, ModelRef } from '@hangtag/shared/domain/record.js';
import { afterPrefix, compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import type { RecordStore, Selection } from '@hangtag/shared/ports/record-store.js';

const TENANTS = 'tenants/';

/** The models that should have labelled. */
export interface CurrentModels {
  /** Hexadecimal SHA-256 of the weights of the installation's model. */
  readonly installed: string;
  /** Tenants with a model of their own. */
  readonly ofTenants: ReadonlyMap<TenantId, ModelPin>;
}

/** A requeued record keeps its old labels and their model until it has new ones: it is not stale. */
export function isStale(
  { name, model, status }: Pick<ImageRecord, 'name' | 'model' | 'status'>,
  current: CurrentModels,
): boolean {
  if (model === null || (status !== 'done' && status !== 'review')) return false;
  return !isCurrent(model, tenantOf(name) ?? DEFAULT_TENANT, current);
}

/** One query for each model finds the next one. */
export async function staleSelections(
  range: NameRange,
  current: CurrentModels,
  records: RecordStore,
): Promise<readonly Selection[]> {
  const selections: Selection[] = [];
  let model = await records.nextModel(range.bucket, '');
  while (model !== undefined) {
    const filter = { model: model.sha256 };
    for (const part of staleRanges(range, model, current)) selections.push({ ...part, filter });
    model = await records.nextModel(range.bucket, model.sha256);
  }
  return selections;
}

/** The parts of a range in which this model is not the active one, joined where they touch. */
export function staleRanges(range: NameRange, model: ModelRef, current: CurrentModels): readonly NameRange[] {
  const stale: NameRange[] = [];
  for (const part of partsOf(range, current)) {
    if (isCurrent(model, ownerOf(part.from), current)) continue;
    const last = stale.at(-1);
    if (last?.to === part.from) stale.splice(-1, 1, rangeOf(range.bucket, last.from, part.to));
    else stale.push(part);
  }
  return stale;
}

function isCurrent(
  model: ModelRef,
  owner: TenantId | undefined,
  { installed, ofTenants }: CurrentModels,
): boolean {
  const own = owner && ofTenants.get(owner);
  return own === undefined ? model.sha256 === installed : isSameVersion(model, own);
}

/** Divides a range where the folders of tenants with a model of their own begin and end. */
function partsOf({ bucket, from, to }: NameRange, { ofTenants }: CurrentModels): readonly NameRange[] {
  const folders = [TENANTS, ...[...ofTenants.keys()].map(commonPrefixOf).filter((prefix) => prefix !== '')];
  const edges = folders.flatMap((folder) => [folder, afterPrefix(folder) ?? folder]);
  const inside = edges.filter((edge) => edge !== from && isWithin(edge, rangeOf(bucket, from, to)));
  const starts = [from, ...new Set(inside.toSorted(compareUtf8))];
  return starts.map((start, index) => rangeOf(bucket, start, starts[index + 1] ?? to));
}

/**
 * The tenant of the part that begins with this name; undefined for tenants without a model of their own. An object directly in
 * `tenants/` belongs to the default tenant, and is not looked for.
 */
function ownerOf(start: string): TenantId | undefined {
  return start.startsWith(TENANTS) && tenantFolderOf(start) === '' ? undefined : tenantOf(start);
}

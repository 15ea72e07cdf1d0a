/**
 * Finds records that no range proof can detect, because they match their objects: images that are queued for too long, deferred
 * images, and images that were labelled by another model than the one that is active for their tenant.
 */
import type { NameRange } from '@hangtag/shared/domain/name-range.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { Finding, Pass } from '@hangtag/shared/domain/sweep-state.js';
import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import type { RecordFilter, RecordStore, Selection, Versioned } from '@hangtag/shared/ports/record-store.js';
import type { SweepPorts } from './ports.js';
import { isStale, staleSelections } from './stale-model.js';

export type WaitingPass = Exclude<Pass, 'objects'>;

export const FINDING_OF: Readonly<Record<WaitingPass, Extract<Finding, 'stuck' | 'deferred' | 'stale'>>> = {
  stuck: 'stuck',
  deferred: 'deferred',
  'circuit-open': 'deferred',
  'stale-model': 'stale',
};

export interface WaitingPage {
  readonly found: readonly Versioned[];
  /** The first name of the next page; absent on the last page. */
  readonly next?: string;
}

/** The first page of the range. If several filters fill a page, the page ends at the earliest of their ends. */
export async function selectWaiting(
  pass: WaitingPass,
  range: NameRange,
  ports: SweepPorts,
): Promise<WaitingPage> {
  const limit = ports.limits.pageSize;
  const { selections, isMeant } = await searchOf(pass, range, ports);
  const hits = await Promise.all(
    selections.map((selection) => collect(ports.records, { ...selection, limit })),
  );
  const full = hits.filter(({ length }) => length === limit);
  const [next] = full.flatMap((page) => page.at(-1)?.record.name ?? []).sort(compareUtf8);
  const isOnPage = ({ record }: Versioned) => next === undefined || compareUtf8(record.name, next) < 0;
  const found = hits.flat().filter((known) => isOnPage(known) && isMeant(known.record));
  return next === undefined ? { found } : { found, next };
}

export async function countWaiting(pass: WaitingPass, range: NameRange, ports: SweepPorts): Promise<number> {
  const { selections } = await searchOf(pass, range, ports);
  const counts = await Promise.all(selections.map((selection) => ports.records.count(selection)));
  return counts.reduce((sum, count) => sum + count, 0);
}

interface Search {
  readonly selections: readonly Selection[];
  /** Whether a selected record is one that the pass is for. */
  readonly isMeant: (record: ImageRecord) => boolean;
}

async function searchOf(pass: WaitingPass, range: NameRange, ports: SweepPorts): Promise<Search> {
  const nowMs = ports.clock.now();
  const all = (filter: RecordFilter): Search => ({ selections: [{ ...range, filter }], isMeant: () => true });
  switch (pass) {
    case 'stuck':
      return all({ status: 'queued', queuedBefore: nowMs - ports.limits.stuckMs });
    case 'deferred':
      return all({ status: 'deferred', queuedBefore: nowMs });
    case 'circuit-open':
      return all({ status: 'deferred', reason: 'circuit-open', queuedBefore: nowMs });
    case 'stale-model': {
      const models = await ports.models();
      const selections = await staleSelections(range, models, ports.records);
      return { selections, isMeant: (record) => isStale(record, models) };
    }
  }
}

async function collect(records: RecordStore, selection: Selection): Promise<Versioned[]> {
  const found: Versioned[] = [];
  for await (const known of records.scan(selection)) found.push(known);
  return found;
}

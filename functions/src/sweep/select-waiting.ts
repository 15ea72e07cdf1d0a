/**
 * Finds records that no range proof can detect, because they match their objects: images that are queued for too long, deferred
 * images, and images that were labelled by other weights than the current ones.
 */
import type { NameRange } from '@hangtag/shared/domain/name-range.js';
import type { Finding, Pass } from '@hangtag/shared/domain/sweep-state.js';
import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import type { RecordFilter, RecordStore, Selection, Versioned } from '@hangtag/shared/ports/record-store.js';
import type { SweepPorts } from './ports.js';

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
  const filters = await filtersOf(pass, range.bucket, ports);
  const hits = await Promise.all(
    filters.map((filter) => collect(ports.records, { ...range, filter, limit })),
  );
  const full = hits.filter(({ length }) => length === limit);
  const [next] = full.flatMap((page) => page.at(-1)?.record.name ?? []).sort(compareUtf8);
  const isOnPage = ({ record }: Versioned) => next === undefined || compareUtf8(record.name, next) < 0;
  const found = hits.flat().filter((known) => isOnPage(known) && !isUnderWay(pass, known));
  return next === undefined ? { found } : { found, next };
}

/** A requeued record keeps its old labels and their model until it has new ones. */
function isUnderWay(pass: WaitingPass, { record }: Versioned): boolean {
  return pass === 'stale-model' && record.status !== 'done' && record.status !== 'review';
}

export async function countWaiting(pass: WaitingPass, range: NameRange, ports: SweepPorts): Promise<number> {
  const filters = await filtersOf(pass, range.bucket, ports);
  const counts = await Promise.all(filters.map((filter) => ports.records.count({ ...range, filter })));
  return counts.reduce((sum, count) => sum + count, 0);
}

async function filtersOf(pass: WaitingPass, bucket: string, ports: SweepPorts): Promise<RecordFilter[]> {
  const nowMs = ports.clock.now();
  switch (pass) {
    case 'stuck':
      return [{ status: 'queued', queuedBefore: nowMs - ports.limits.stuckMs }];
    case 'deferred':
      return [{ status: 'deferred', queuedBefore: nowMs }];
    case 'circuit-open':
      return [{ status: 'deferred', reason: 'circuit-open', queuedBefore: nowMs }];
    case 'stale-model':
      return (await otherModels(bucket, ports)).map((model) => ({ model }));
  }
}

/** One read for each model: each query finds the model after the last one. */
async function otherModels(bucket: string, { records, ...ports }: SweepPorts): Promise<string[]> {
  const current = await ports.model();
  const models: string[] = [];
  let model = await records.nextModel(bucket, '');
  while (model !== undefined) {
    if (model !== current) models.push(model);
    model = await records.nextModel(bucket, model);
  }
  return models;
}

async function collect(records: RecordStore, selection: Selection): Promise<Versioned[]> {
  const found: Versioned[] = [];
  for await (const known of records.scan(selection)) found.push(known);
  return found;
}

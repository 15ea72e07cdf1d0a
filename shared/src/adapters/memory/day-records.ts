import type { TenantId } from '../../domain/identity.js';
import { isSameVersion, type ModelVersion } from '../../domain/model-version.js';
import type { ImageRecord } from '../../domain/record.js';
import { STATUSES } from '../../domain/record.js';
import { type DayRow, isMoved } from '../../domain/report/day-row.js';
import type { Window } from '../../domain/report/day-window.js';
import type { DayCounts } from '../../domain/report/reconciliation.js';
import type { DayRecords } from '../../ports/day-records.js';
import type { MemoryRecordStore, RecordSnapshot } from './record-store.js';

export class MemoryDayRecords implements DayRecords {
  readonly #records: Pick<MemoryRecordStore, 'entries'>;

  constructor(records: Pick<MemoryRecordStore, 'entries'>) {
    this.#records = records;
  }

  async count(tenant: TenantId, uploaded: Window): Promise<DayCounts> {
    const counts = Object.fromEntries([...STATUSES, 'moved'].map((key) => [key, 0])) as MutableCounts;
    for (const { record } of this.#select(tenant, uploaded, ({ uploadedAt }) => uploadedAt)) {
      counts[record.status] += 1;
      if (isMoved(record)) counts.moved += 1;
    }
    return counts;
  }

  async *rows(tenant: TenantId, uploaded: Window): AsyncIterable<DayRow> {
    yield* this.#sorted(tenant, uploaded, ({ uploadedAt }) => uploadedAt);
  }

  async *corrections(tenant: TenantId, corrected: Window): AsyncIterable<DayRow> {
    yield* this.#sorted(tenant, corrected, ({ correction }) => correction?.at);
  }

  async *ofTrial(tenant: TenantId, shadow: ModelVersion): AsyncIterable<DayRow> {
    for (const { key, record } of this.#records.entries()) {
      if (key.tenant === tenant && record.shadow && isSameVersion(record.shadow.model, shadow)) yield record;
    }
  }

  async firstUpload(tenant: TenantId, uploaded: Window): Promise<number | undefined> {
    return this.#sorted(tenant, uploaded, ({ uploadedAt }) => uploadedAt)[0]?.uploadedAt;
  }

  async tenants(): Promise<readonly TenantId[]> {
    const tenants = new Set([...this.#records.entries()].map(({ key }) => key.tenant));
    return [...tenants];
  }

  #sorted(tenant: TenantId, window: Window, instant: Instant): readonly DayRow[] {
    return [...this.#select(tenant, window, instant)]
      .sort(
        (a, b) =>
          (instant(a.record) ?? 0) - (instant(b.record) ?? 0) || (a.key.imageId < b.key.imageId ? -1 : 1),
      )
      .map(({ record }) => record);
  }

  *#select(tenant: TenantId, { fromMs, toMs }: Window, instant: Instant): Iterable<RecordSnapshot> {
    for (const snapshot of this.#records.entries()) {
      const at = instant(snapshot.record);
      if (snapshot.key.tenant === tenant && at !== undefined && at >= fromMs && at < toMs) yield snapshot;
    }
  }
}

type MutableCounts = { -readonly [Key in keyof DayCounts]: number };
type Instant = (record: ImageRecord) => number | undefined;

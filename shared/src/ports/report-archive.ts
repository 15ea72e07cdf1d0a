import type { TenantId } from '../domain/identity.js';
import type { DaySummary } from '../domain/report/day-summary.js';
import type { Day } from '../domain/report/day-window.js';
import type { Report } from '../domain/report/report.js';

/** A day's report in the database: `tenants/{tenant}/reports/{day}`. */
export interface ArchivedReport {
  readonly report: Report;
  /** The summaries of several days can be added to a summary of weeks. */
  readonly summary: DaySummary;
  /** Names in the report bucket. */
  readonly files: readonly string[];
  /** Epoch milliseconds after which the database may delete it. */
  readonly expireAt: number;
}

/** The reports of all days. Every method throws `TransientError` on network or quota failure. */
export interface ReportArchive {
  /** Replaces the day's report, sets `completedAt` to the server's time and marks it as not announced. */
  save(tenant: TenantId, archived: ArchivedReport): Promise<void>;
  /** Replaces the list of the day's files. Does not change whether the report was announced. */
  keepFiles(tenant: TenantId, day: Day, files: readonly string[]): Promise<void>;
  /** Marks the day's report as announced: its message is published and its alerts are sent. */
  markAnnounced(tenant: TenantId, day: Day): Promise<void>;
  find(tenant: TenantId, day: Day): Promise<ArchivedReport | undefined>;
  /** The summaries of the given days; days without a report are left out. */
  summaries(tenant: TenantId, days: readonly Day[]): Promise<ReadonlyMap<Day, DaySummary>>;
  /** The days since `first`, inclusive, that have a report. */
  since(tenant: TenantId, first: Day): Promise<ReadonlyMap<Day, 'announced' | 'not-announced'>>;
  latest(tenant: TenantId): Promise<LatestReport | undefined>;
}

/** The report of the latest day. */
export interface LatestReport {
  readonly day: Day;
  /** Epoch milliseconds at which it was last written. */
  readonly completedAt: number;
}

import type { TenantId } from '../domain/identity.js';
import type { DaySummary } from '../domain/report/day-summary.js';
import type { Day } from '../domain/report/day-window.js';
import type { Report } from '../domain/report/report.js';

/** What is kept of a day's report in the database: `tenants/{tenant}/reports/{day}`. */
export interface ArchivedReport {
  readonly report: Report;
  /** Adds up with other days' to weeks. */
  readonly summary: DaySummary;
  /** Names in the report bucket. */
  readonly files: readonly string[];
  /** Epoch milliseconds from which the database may drop it. */
  readonly expireAt: number;
}

/** Reports of the past. Every method throws `TransientError` on network or quota failure. */
export interface ReportArchive {
  /** Replaces the day's report and stamps `completedAt` with the server's time. It is not announced yet. */
  save(tenant: TenantId, archived: ArchivedReport): Promise<void>;
  /** Replaces the list of the day's files. The report stays as announced as it was. */
  keepFiles(tenant: TenantId, day: Day, files: readonly string[]): Promise<void>;
  /** Keeps that the day's report was announced: its message is published and its alerts are sent. */
  markAnnounced(tenant: TenantId, day: Day): Promise<void>;
  find(tenant: TenantId, day: Day): Promise<ArchivedReport | undefined>;
  /** For those of the days that have a report. */
  summaries(tenant: TenantId, days: readonly Day[]): Promise<ReadonlyMap<Day, DaySummary>>;
  /** The days from `first` on that have a report. */
  since(tenant: TenantId, first: Day): Promise<ReadonlyMap<Day, 'announced' | 'not-announced'>>;
  latest(tenant: TenantId): Promise<LatestReport | undefined>;
}

/** The report of the latest day. */
export interface LatestReport {
  readonly day: Day;
  /** Epoch milliseconds at which it was last written. */
  readonly completedAt: number;
}

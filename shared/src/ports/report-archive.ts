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
  /** Replaces the day's report and stamps `completedAt` with the server's time. Nobody was told of it yet. */
  save(tenant: TenantId, archived: ArchivedReport): Promise<void>;
  /** Keeps that people and programs were told of the day's report. */
  markAnnounced(tenant: TenantId, day: Day): Promise<void>;
  find(tenant: TenantId, day: Day): Promise<ArchivedReport | undefined>;
  /** Of those days that have a report. */
  summaries(tenant: TenantId, days: readonly Day[]): Promise<ReadonlyMap<Day, DaySummary>>;
  latest(tenant: TenantId): Promise<LatestReport | undefined>;
}

/** The report of the latest day. */
export interface LatestReport {
  readonly day: Day;
  /** Epoch milliseconds at which it was last written. */
  readonly completedAt: number;
  /** Whether people and programs were told of it, as far as there is something to tell. */
  readonly isAnnounced: boolean;
}

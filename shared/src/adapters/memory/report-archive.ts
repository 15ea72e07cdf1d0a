import type { TenantId } from '../../domain/identity.js';
import type { DaySummary } from '../../domain/report/day-summary.js';
import type { Day } from '../../domain/report/day-window.js';
import type { Clock } from '../../ports/clock.js';
import type { ArchivedReport, LatestReport, ReportArchive } from '../../ports/report-archive.js';

type Kept = ArchivedReport & Omit<LatestReport, 'day'> & { readonly isAnnounced: boolean };

export class MemoryReportArchive implements ReportArchive {
  readonly #tenants = new Map<TenantId, Map<Day, Kept>>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async save(tenant: TenantId, archived: ArchivedReport): Promise<void> {
    const reports = this.#reports(tenant);
    const copy = { ...structuredClone(archived), completedAt: this.#clock.now(), isAnnounced: false };
    this.#tenants.set(tenant, reports.set(archived.report.day, copy));
  }

  async keepFiles(tenant: TenantId, day: Day, files: readonly string[]): Promise<void> {
    this.#change(tenant, day, { files });
  }

  async markAnnounced(tenant: TenantId, day: Day): Promise<void> {
    this.#change(tenant, day, { isAnnounced: true });
  }

  async find(tenant: TenantId, day: Day): Promise<ArchivedReport | undefined> {
    const found = this.#reports(tenant).get(day);
    if (found === undefined) return undefined;
    const { completedAt, isAnnounced, ...archived } = found;
    return archived;
  }

  async summaries(tenant: TenantId, days: readonly Day[]): Promise<ReadonlyMap<Day, DaySummary>> {
    const reports = this.#reports(tenant);
    return new Map(
      days.flatMap((day) => {
        const found = reports.get(day);
        return found ? [[day, found.summary] as const] : [];
      }),
    );
  }

  async since(tenant: TenantId, first: Day): Promise<ReadonlyMap<Day, 'announced' | 'not-announced'>> {
    return new Map(
      [...this.#reports(tenant)]
        .filter(([day]) => day >= first)
        .map(([day, { isAnnounced }]) => [day, isAnnounced ? 'announced' : 'not-announced']),
    );
  }

  async latest(tenant: TenantId): Promise<LatestReport | undefined> {
    const reports = this.#reports(tenant);
    const day = [...reports.keys()].sort().at(-1);
    const found = day && reports.get(day);
    return found && { day: found.report.day, completedAt: found.completedAt };
  }

  #change(tenant: TenantId, day: Day, change: Partial<Kept>): void {
    const kept = this.#reports(tenant).get(day);
    if (kept !== undefined) this.#reports(tenant).set(day, { ...kept, ...change });
  }

  #reports(tenant: TenantId): Map<Day, Kept> {
    return this.#tenants.get(tenant) ?? new Map();
  }
}

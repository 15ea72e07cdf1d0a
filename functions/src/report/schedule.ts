/**
 * Which reports are due. Ticks come every hour and each tenant's day ends in its own time zone, so what is due is
 * decided from what is missing: a tick that never came is made up for by the next one.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { addDays, civilTime, type Day } from '@hangtag/shared/domain/report/day-window.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { Outcome } from '../outcome.js';
import { type ReportCommand, type ReportPorts, report } from './handler.js';

/** Late enough for the stragglers of the evening, early enough for the morning: 02:30 civil time. */
const DUE_MINUTE = 150;
/** Days made up for after an outage. */
const MAX_DAYS_BACK = 7;

export interface SchedulePorts extends TimeZones {
  readonly records: Pick<DayRecords, 'tenants'>;
  readonly archive: Pick<ReportArchive, 'latest'>;
  readonly clock: Clock;
}

/** One tenant's failure does not keep the others from their reports. @throws {AggregateError} some failed */
export async function reportWhatIsDue(ports: ReportPorts): Promise<Outcome> {
  const due = await dueReports(ports);
  const failures: unknown[] = [];
  for (const command of due) {
    try {
      await report(command, ports);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `${failures.length} of ${due.length} reports failed`);
  return { outcome: 'reported', reports: due.length };
}

/** Oldest first, so that each report finds those before it. */
export async function dueReports(ports: SchedulePorts): Promise<readonly ReportCommand[]> {
  const due: ReportCommand[] = [];
  for (const tenant of await ports.records.tenants()) {
    const days = await daysOwed(tenant, lastDueDay(tenant, ports), ports);
    due.push(...days.map((day) => ({ tenant, day })));
  }
  return due;
}

async function daysOwed(tenant: TenantId, last: Day, { archive }: SchedulePorts): Promise<readonly Day[]> {
  const latest = await archive.latest(tenant);
  const days: Day[] = [];
  // Without any report the tenant is new: only yesterday is owed.
  // One that nobody could be told of is owed again, though it lies there: the same day gives the same bytes.
  const first = latest === undefined ? last : addDays(latest.day, latest.isAnnounced ? 1 : 0);
  for (let day = last; day >= first && days.length < MAX_DAYS_BACK; day = addDays(day, -1)) days.unshift(day);
  return days;
}

function lastDueDay(tenant: TenantId, ports: SchedulePorts): Day {
  const { day, minuteOfDay } = civilTime(ports.clock.now(), zoneOf(ports, tenant));
  return addDays(day, minuteOfDay >= DUE_MINUTE ? -1 : -2);
}

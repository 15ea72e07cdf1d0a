/**
 * Which days of a tenant need a report. The heartbeat reads this too, so this module does not import the report and its pages.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import {
  addDays,
  civilTime,
  type Day,
  daysBefore,
  dayWindow,
} from '@hangtag/shared/domain/report/day-window.js';
import { type TimeZones, zoneOf } from '@hangtag/shared/domain/report/time-zones.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';

/** Minute of the day from which yesterday's report is due: 02:30, when the images of the evening are labelled. */
const DUE_MINUTE = 150;
/** A day that has no report after so many days never gets one by schedule. */
const MAX_DAYS_BACK = 7;

export interface DuePorts extends TimeZones {
  readonly records: Pick<DayRecords, 'tenants' | 'firstUpload'>;
  readonly archive: Pick<ReportArchive, 'since'>;
  readonly clock: Clock;
}

/**
 * Those of the last days that have no report, or none that was announced. Oldest first, so that each report finds those
 * before it. Days before the tenant's first image or report are not due, but yesterday always is.
 */
export async function daysDue(tenant: TenantId, ports: DuePorts): Promise<readonly Day[]> {
  const zone = zoneOf(ports, tenant);
  const last = lastDueDay(ports.clock.now(), zone);
  const first = addDays(last, 1 - MAX_DAYS_BACK);
  const reported = await ports.archive.since(tenant, first);
  const missing = [...daysBefore(last, MAX_DAYS_BACK - 1), last].filter(
    (day) => reported.get(day) !== 'announced',
  );
  if (missing.length === 0) return [];
  const window = { fromMs: dayWindow(first, zone).fromMs, toMs: dayWindow(last, zone).toMs };
  const uploadedAt = await ports.records.firstUpload(tenant, window);
  const uploaded = uploadedAt === undefined ? [] : [civilTime(uploadedAt, zone).day];
  const [begin = last] = [...reported.keys(), ...uploaded].sort();
  return missing.filter((day) => day >= begin || day === last);
}

function lastDueDay(nowMs: number, zone: TimeZone): Day {
  const { day, minuteOfDay } = civilTime(nowMs, zone);
  return addDays(day, minuteOfDay >= DUE_MINUTE ? -1 : -2);
}

/**
 * Which reports are due. The function runs every hour, and each tenant's day ends in its own time zone, so what is due is
 * decided by which reports are missing. So a later run makes the report of a run that failed or never started.
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
import { standardLog } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { Outcome } from '../records/outcome.js';
import { type ReportPorts, report } from './handler.js';

/** Minute of the day from which yesterday's report is due: 02:30, when the images of the evening are labelled. */
const DUE_MINUTE = 150;
/** A day that has no report after so many days never gets one by schedule. */
const MAX_DAYS_BACK = 7;
const HOUR_MS = 3_600_000;

export interface SchedulePorts extends TimeZones {
  readonly records: Pick<DayRecords, 'tenants' | 'firstUpload'>;
  readonly archive: Pick<ReportArchive, 'since'>;
  readonly clock: Clock;
}

/** A failure of one tenant or one day does not stop the others. @throws {AggregateError} some failed */
export async function reportWhatIsDue(ports: ReportPorts): Promise<Outcome> {
  const log = ports.log ?? standardLog;
  const failures: unknown[] = [];
  let reports = 0;
  const attempt = async <T>(work: () => Promise<T>, what: object): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      log.error({ function: 'report', outcome: 'report-failed', ...what, err: error });
      failures.push(error);
      return undefined;
    }
  };
  for (const tenant of inTurn(await ports.records.tenants(), ports.clock)) {
    // Every further report would fail. The next hour begins with another tenant.
    if (ports.signal?.aborted) break;
    for (const day of (await attempt(() => daysDue(tenant, ports), { tenant })) ?? []) {
      const outcome = await attempt(() => report({ tenant, day }, ports), { tenant, day });
      if (outcome !== undefined) reports += 1;
    }
  }
  if (failures.length > 0)
    throw new AggregateError(failures, `Expected no failed report: ${failures.length}`);
  return { outcome: 'reported', reports };
}

/**
 * Those of the last days that have no report, or none that was announced. Oldest first, so that each report finds those
 * before it. Days before the tenant's first image or report are not due, but yesterday always is.
 */
export async function daysDue(tenant: TenantId, ports: SchedulePorts): Promise<readonly Day[]> {
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

/** Each hour begins with another tenant. So if one tenant ends the process, by time or memory, the others still get reports. */
function inTurn(tenants: readonly TenantId[], clock: Clock): readonly TenantId[] {
  const first = Math.floor(clock.now() / HOUR_MS) % Math.max(1, tenants.length);
  return [...tenants.slice(first), ...tenants.slice(0, first)];
}

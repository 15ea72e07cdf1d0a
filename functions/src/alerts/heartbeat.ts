/** Sends an alert when a report is missing. It is a function of its own, since a report that does not run cannot do so. */

import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { type Finding, finding } from '@hangtag/shared/domain/report/findings.js';
import { presentIn } from '@hangtag/shared/domain/report/reconciliation.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { LatestReport, ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { Outcome } from '../records/outcome.js';
import { type DuePorts, daysDue } from '../report/days-due.js';
import { type AlertPorts, sendAlerts } from './send-alerts.js';

export interface HeartbeatPorts extends DuePorts {
  readonly records: Pick<DayRecords, 'tenants' | 'count' | 'firstUpload'>;
  readonly archive: Pick<ReportArchive, 'latest' | 'since'>;
  readonly alerts: AlertPorts;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const MAX_SILENCE_HOURS = 26;

/** A failure of one tenant does not stop the others. @throws {AggregateError} some failed */
export async function heartbeat(ports: HeartbeatPorts): Promise<Outcome> {
  const tenants = await ports.records.tenants();
  const failures: unknown[] = [];
  let missing = 0;
  for (const tenant of tenants) {
    try {
      const found = await missingReport(tenant, ports);
      if (found !== undefined) missing += 1;
      await sendAlerts(tenant, [{ condition: 'missing-report', finding: found }], ports.alerts);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) {
    const message = `Expected to check ${tenants.length} tenants but failed for ${failures.length}`;
    throw new AggregateError(failures, message);
  }
  return { outcome: 'checked', tenants: tenants.length, missing };
}

/** @returns undefined if no report is missing */
async function missingReport(tenant: TenantId, ports: HeartbeatPorts): Promise<Finding | undefined> {
  const nowMs = ports.clock.now();
  const latest = await ports.archive.latest(tenant);
  if (latest === undefined) {
    // The first report of a new tenant is due when its first day is over.
    const overdue = { fromMs: 0, toMs: nowMs - (DAY_HOURS + MAX_SILENCE_HOURS) * HOUR_MS };
    const counts = await ports.records.count(tenant, overdue);
    const images = presentIn(counts) + counts.moved;
    return images === 0 ? undefined : finding('missing-report', 'There are images but no report of any day.');
  }
  const silentMs = nowMs - latest.completedAt;
  if (silentMs <= MAX_SILENCE_HOURS * HOUR_MS) return skippedDays(tenant, latest, ports);
  const hours = Math.floor(silentMs / HOUR_MS);
  const { day } = latest;
  return finding('missing-report', `No report in ${hours} hours; the last one was of ${day}.`, {
    hours,
    day,
  });
}

/** Days without a report, or with one that was not announced, although a later day has its report: their runs failed. */
async function skippedDays(
  tenant: TenantId,
  latest: LatestReport,
  ports: HeartbeatPorts,
): Promise<Finding | undefined> {
  const days = (await daysDue(tenant, ports)).filter((day) => day < latest.day);
  if (days.length === 0) return undefined;
  return finding(
    'missing-report',
    `No announced report of ${days.join(', ')}; the last one was of ${latest.day}.`,
    { days: days.join(', '), day: latest.day },
  );
}

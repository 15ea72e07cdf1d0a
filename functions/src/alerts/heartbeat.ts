/** Tells people that no report came. It runs beside the report, since a report that does not run cannot say so. */

import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import { presentIn } from '@hangtag/shared/domain/report/reconciliation.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { Outcome } from '../outcome.js';
import { type AlertPorts, tellPeople } from './tell-people.js';

export interface HeartbeatPorts {
  readonly records: Pick<DayRecords, 'tenants' | 'count'>;
  readonly archive: Pick<ReportArchive, 'latest'>;
  readonly alerts: AlertPorts;
}

const HOUR_MS = 3_600_000;
const DAY_HOURS = 24;
const MAX_SILENCE_HOURS = 26;

export async function heartbeat(ports: HeartbeatPorts): Promise<Outcome> {
  const tenants = await ports.records.tenants();
  let missing = 0;
  for (const tenant of tenants) {
    if (await isSilent(tenant, ports)) missing += 1;
  }
  return { outcome: 'listened', tenants: tenants.length, missing };
}

async function isSilent(tenant: TenantId, ports: HeartbeatPorts): Promise<boolean> {
  const text = await silence(tenant, ports);
  const found = text === undefined ? undefined : finding('missing-report', text);
  await tellPeople(tenant, [{ condition: 'missing-report', finding: found }], ports.alerts);
  return found !== undefined;
}

/** What is to be said of it; undefined where nothing is. */
async function silence(tenant: TenantId, ports: HeartbeatPorts): Promise<string | undefined> {
  const nowMs = ports.alerts.clock.now();
  const latest = await ports.archive.latest(tenant);
  if (latest === undefined) {
    // A new tenant owes nothing yet: its first report comes when its first day is over.
    const overdue = { fromMs: 0, toMs: nowMs - (DAY_HOURS + MAX_SILENCE_HOURS) * HOUR_MS };
    const counts = await ports.records.count(tenant, overdue);
    return presentIn(counts) + counts.moved === 0
      ? undefined
      : 'There are images, and never was a report of them.';
  }
  const silentMs = nowMs - latest.completedAt;
  if (silentMs <= MAX_SILENCE_HOURS * HOUR_MS) return undefined;
  return `No report in ${Math.floor(silentMs / HOUR_MS)} hours; the last one was of ${latest.day}.`;
}

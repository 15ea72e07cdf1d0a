/** Tells people that no report came. It runs beside the report, since a report that does not run cannot say so. */

import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ReportArchive } from '@hangtag/shared/ports/report-archive.js';
import type { Outcome } from '../outcome.js';
import { type AlertPorts, tellPeople } from './tell-people.js';

export interface HeartbeatPorts {
  readonly records: Pick<DayRecords, 'tenants'>;
  readonly archive: Pick<ReportArchive, 'latest'>;
  readonly alerts: AlertPorts;
}

const HOUR_MS = 3_600_000;
const MAX_SILENCE_HOURS = 26;

export async function heartbeat(ports: HeartbeatPorts): Promise<Outcome> {
  const tenants = await ports.records.tenants();
  let missing = 0;
  for (const tenant of tenants) {
    if (await isSilent(tenant, ports)) missing += 1;
  }
  return { outcome: 'listened', tenants: tenants.length, missing };
}

async function isSilent(tenant: TenantId, { archive, alerts }: HeartbeatPorts): Promise<boolean> {
  const latest = await archive.latest(tenant);
  // A tenant that never had a report has not missed one: the first is owed on its second day.
  if (latest === undefined) return false;
  const silentMs = alerts.clock.now() - latest.completedAt;
  const isMissing = silentMs > MAX_SILENCE_HOURS * HOUR_MS;
  const text = `No report in ${Math.floor(silentMs / HOUR_MS)} hours; the last one was of ${latest.day}.`;
  const observation = {
    condition: 'missing-report',
    finding: isMissing ? finding('missing-report', text) : undefined,
  } as const;
  await tellPeople(tenant, [observation], alerts);
  return isMissing;
}

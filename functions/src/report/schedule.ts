/**
 * Makes the reports that are due. The function runs every hour, because each tenant's day ends in its own time zone. A report is
 * due if it is missing, so a later run makes the reports of a run that failed or never started.
 */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { standardLog } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { Outcome } from '../records/outcome.js';
import { daysDue } from './days-due.js';
import { type ReportPorts, report } from './handler.js';

const HOUR_MS = 3_600_000;

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
    throw new AggregateError(failures, `Expected every due report but ${failures.length} failed`);
  return { outcome: 'reported', reports };
}

/** Each hour begins with another tenant. So if one tenant ends the process, by time or memory, the others still get reports. */
function inTurn(tenants: readonly TenantId[], clock: Clock): readonly TenantId[] {
  const first = Math.floor(clock.now() / HOUR_MS) % Math.max(1, tenants.length);
  return [...tenants.slice(first), ...tenants.slice(0, first)];
}

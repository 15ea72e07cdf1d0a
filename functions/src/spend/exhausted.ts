import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import { standardLog } from '@hangtag/shared/log.js';
import { type AlertPorts, tellPeople } from '../alerts/tell-people.js';

/**
 * Tells people once that images are being deferred: the alert's own state keeps other workers from telling it again.
 * That nobody could be reached is no reason to fail an upload; the report of the day tells it too.
 */
export async function tellExhausted(
  tenant: TenantId | undefined,
  limit: number,
  ports: AlertPorts,
): Promise<void> {
  const whose = tenant === undefined ? 'all tenants together' : `tenant ${tenant}`;
  const text = `The daily limit of ${limit} images of ${whose} is reached: images are deferred until tomorrow.`;
  const log = ports.log ?? standardLog;
  log.warn({ function: 'spend', outcome: 'exhausted', tenant, limit });
  const found = finding('over-budget', text);
  await tellPeople(tenant ?? DEFAULT_TENANT, [{ condition: 'over-budget', finding: found }], ports).catch(
    (error: unknown) => log.error({ function: 'spend', outcome: 'untold', tenant, err: error }),
  );
}

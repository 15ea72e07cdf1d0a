import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import { standardLog } from '@hangtag/shared/log.js';
import { type AlertPorts, sendAlerts } from '../alerts/send-alerts.js';

/**
 * Sends an alert when a daily limit is reached and images are deferred. The state of the alert prevents other workers from
 * sending it again. A failure is logged and does not fail the upload: the report of the day has the number as well.
 */
export async function sendLimitAlert(
  tenant: TenantId | undefined,
  limit: number,
  ports: AlertPorts,
): Promise<void> {
  const whose = tenant === undefined ? 'all tenants together' : `tenant ${tenant}`;
  const text = `The daily limit of ${limit} images of ${whose} is reached: images are deferred until tomorrow.`;
  const log = ports.log ?? standardLog;
  log.warn({ function: 'spend', outcome: 'exhausted', tenant, limit });
  const found = finding('over-budget', text, { limit, ...(tenant !== undefined && { tenant }) });
  await sendAlerts(tenant ?? DEFAULT_TENANT, [{ condition: 'over-budget', finding: found }], ports).catch(
    (error: unknown) => log.error({ function: 'spend', outcome: 'alert-not-sent', tenant, err: error }),
  );
}

/** Sends an alert when a worker refuses its model, and when a later worker accepts it. Without workers, images only wait. */

import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import { ModelError } from '@hangtag/shared/errors.js';
import { type AlertPorts, sendAlerts } from './send-alerts.js';

/** @param refusal why the worker did not start; undefined if it did */
export async function sendModelAlert(refusal: unknown, ports: AlertPorts): Promise<void> {
  // Other reasons why a worker does not start are not faults of the model.
  if (refusal !== undefined && !(refusal instanceof ModelError)) return;
  const found = refusal && finding('model-self-test', refusal.message);
  await sendAlerts(DEFAULT_TENANT, [{ condition: 'model-self-test', finding: found }], ports);
}

/** Alerts about models that do not label. */

import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import { nameOfVersion } from '@hangtag/shared/domain/model-version.js';
import { type FindingValues, finding } from '@hangtag/shared/domain/report/findings.js';
import { ModelError } from '@hangtag/shared/errors.js';
import type { MissingModel } from '@hangtag/shared/inference/model-changes.js';
import { type AlertPorts, sendAlerts } from './send-alerts.js';

/**
 * Sends an alert when a worker refuses its model, and when a later worker accepts it. Without workers, images only wait.
 *
 * @param refusal why the worker did not start; undefined if it did
 */
export async function sendModelAlert(refusal: unknown, ports: AlertPorts): Promise<void> {
  // Other reasons why a worker does not start are not faults of the model.
  if (refusal !== undefined && !(refusal instanceof ModelError)) return;
  const found = refusal && finding('model-self-test', refusal.message);
  await sendAlerts(DEFAULT_TENANT, [{ condition: 'model-self-test', finding: found }], ports);
}

/** Sends an alert when the active model of a tenant cannot be loaded and another one labels, and when it labels again. */
export async function sendTenantModelAlert(
  tenant: TenantId,
  missing: MissingModel | undefined,
  ports: AlertPorts,
): Promise<void> {
  const condition = 'model-not-loaded';
  const found = missing && finding(condition, textOf(missing), valuesOf(missing));
  await sendAlerts(tenant, [{ condition, finding: found }], ports);
}

function textOf({ active, inPlace }: MissingModel): string {
  const labels = inPlace === undefined ? 'the model of the installation' : nameOfVersion(inPlace);
  return `${nameOfVersion(active)} cannot be loaded: ${labels} labels in its place. The reason is in the log: model-not-loaded.`;
}

function valuesOf({ active, inPlace }: MissingModel): FindingValues {
  return { active: nameOfVersion(active), ...(inPlace && { inPlace: nameOfVersion(inPlace) }) };
}

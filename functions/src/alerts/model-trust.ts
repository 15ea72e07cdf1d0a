/** Tells people that a worker refused its model, and that a later one took it: without workers images only wait. */

import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { finding } from '@hangtag/shared/domain/report/findings.js';
import { ModelError } from '@hangtag/shared/errors.js';
import { type AlertPorts, tellPeople } from './tell-people.js';

/** @param refusal why the worker did not start; undefined where it did */
export async function tellOfModel(refusal: unknown, ports: AlertPorts): Promise<void> {
  // Whatever else keeps a worker from starting says nothing about the model, good or bad.
  if (refusal !== undefined && !(refusal instanceof ModelError)) return;
  const found = refusal && finding('model-self-test', refusal.message);
  await tellPeople(DEFAULT_TENANT, [{ condition: 'model-self-test', finding: found }], ports);
}

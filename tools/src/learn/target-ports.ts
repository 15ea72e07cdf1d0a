/** The ports of the chosen target that learning from corrections needs. */
import { createApp } from '@hangtag/functions/app/app.js';
import { cloudAdapters } from '@hangtag/functions/app/cloud-adapters.js';
import type { RolloutPorts } from '@hangtag/functions/models/handler.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { standardLog } from '@hangtag/shared/log.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';

export async function openTarget(): Promise<RolloutPorts & { readonly objects: ObjectStore }> {
  const config = parseConfig(process.env);
  const adapters = cloudAdapters(config, systemClock);
  const app = createApp({ config, log: standardLog, clock: systemClock }, adapters);
  return { ...(await app.rollouts()), objects: await adapters.objects() };
}

/** The ports of the chosen target that learning from corrections needs. */
import { createApp } from '@hangtag/functions/app/app.js';
import { cloudAdapters } from '@hangtag/functions/app/cloud-adapters.js';
import type { CorrectionsPorts } from '@hangtag/functions/learn/learn-corrections.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { standardLog } from '@hangtag/shared/log.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';

export async function openTarget(): Promise<CorrectionsPorts> {
  const config = parseConfig(process.env);
  const adapters = cloudAdapters(config, systemClock);
  const app = createApp({ config, log: standardLog, clock: systemClock }, adapters);
  return { ...(await app.rollouts()), objects: await adapters.objects(), clock: systemClock };
}

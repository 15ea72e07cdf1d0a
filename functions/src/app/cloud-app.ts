import { parseConfig } from '@hangtag/shared/config.js';
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { standardLog } from '@hangtag/shared/log.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { type App, createApp } from './app.js';
import { cloudAdapters } from './cloud-adapters.js';

/**
 * An application on the services that an environment names: Google Cloud's, or a local stack's by its `*_EMULATOR_HOST`
 * variables, which the clients read from the process's own environment.
 *
 * @param spare becomes the first worker of the model
 * @throws {ConfigError}
 */
export function cloudApp(env: NodeJS.ProcessEnv = process.env, spare?: SpareWorker): App {
  const config = parseConfig(env);
  const adapters = cloudAdapters(config, systemClock);
  return createApp(
    { config, log: standardLog, clock: systemClock },
    { ...adapters, models: (needs) => adapters.models({ ...needs, spare }) },
  );
}

/** The same for a program that serves nothing: the port of the metrics is that of the process that serves. @throws {ConfigError} */
export function toolApp(): App {
  return cloudApp({ ...process.env, HANGTAG_METRICS_PORT: undefined });
}

import { parseConfig } from '@hangtag/shared/config.js';
import { standardLog } from '@hangtag/shared/log.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { type App, createApp } from './app.js';
import { cloudAdapters } from './cloud-adapters.js';

/**
 * An application on the services that an environment names: Google Cloud's, or a local stack's by its `*_EMULATOR_HOST`
 * variables, which the clients read from the process's own environment.
 *
 * @throws {ConfigError}
 */
export function cloudApp(env: NodeJS.ProcessEnv = process.env): App {
  const config = parseConfig(env);
  return createApp({ config, log: standardLog, clock: systemClock }, cloudAdapters(config, systemClock));
}

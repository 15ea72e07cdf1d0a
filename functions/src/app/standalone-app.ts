import { MemoryRequestShares } from '@hangtag/shared/adapters/memory/request-shares.js';
import { MemoryTenantStore } from '@hangtag/shared/adapters/memory/tenant-store.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { UnavailableError } from '@hangtag/shared/errors.js';
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { type Logger, standardLog } from '@hangtag/shared/log.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import type { Adapters } from './adapters.js';
import { type App, createApp } from './app.js';
import { commonAdapters } from './common-adapters.js';

type CommonPort = keyof ReturnType<typeof commonAdapters>;

async function unavailable(): Promise<never> {
  throw new UnavailableError('Expected a Google service but this process runs without any');
}

const NO_SERVICES: {
  readonly [P in Exclude<keyof Adapters, CommonPort | 'tenantStore' | 'requestShares'>]: () => Promise<never>;
} = {
  records: unavailable,
  objects: unavailable,
  publisher: unavailable,
  rollouts: unavailable,
  knownModels: unavailable,
  learningRuns: unavailable,
  opinionLedger: unavailable,
  sweeps: unavailable,
  spending: unavailable,
  copier: unavailable,
  dayRecords: unavailable,
  reportArchive: unavailable,
  reportFiles: unavailable,
  alertStore: unavailable,
  erasures: unavailable,
  apiKeys: unavailable,
  idTokens: unavailable,
  catalog: unavailable,
  similar: unavailable,
  signer: unavailable,
};

/**
 * An application that labels pictures and has no bucket and no database.
 *
 * @param spare becomes the first worker of the model
 * @throws {ConfigError}
 */
export function standaloneApp(env: NodeJS.ProcessEnv, log: Logger = standardLog, spare?: SpareWorker): App {
  const config = parseConfig(env);
  const common = commonAdapters(config, systemClock, unavailable);
  return createApp(
    { config, log, clock: systemClock },
    {
      ...common,
      models: (needs) => common.models({ ...needs, spare }),
      ...NO_SERVICES,
      wardrobe: async () => undefined,
      tenantStore: async () => new MemoryTenantStore(),
      requestShares: async () => new MemoryRequestShares(),
    },
  );
}

/** Every route of the API over memory adapters, with the small model: see COLOURS_MODEL. */
import type { AddressInfo } from 'node:net';
import type { Mount } from '@hangtag/functions/api/api-env.js';
import { ALL } from '@hangtag/functions/api/every-route.js';
import { apiListener } from '@hangtag/functions/api/listener.js';
import { serve } from '@hangtag/functions/api/serve.js';
import { commonAdapters } from '@hangtag/functions/app/common-adapters.js';
import { createKey } from '@hangtag/functions/keys/handler.js';
import { parseConfig } from '@hangtag/shared/config.js';
import { DEFAULT_TENANT, imageIdOf } from '@hangtag/shared/domain/identity.js';
import { systemClock } from '@hangtag/shared/ports/clock.js';
import { COLOURS_MODEL } from '../fixtures/paths.js';
import { aNewRecord, BUCKET } from '../fixtures/records.js';
import type { ApiServer } from './api-server.js';
import { memoryApp } from './memory-app.js';
import { ScriptedClassifier } from './stage.js';

export interface MemoryApiServer extends ApiServer {
  /** Values of parameters in paths: of an image, of a key, a day, an action, and of the model. */
  readonly known: readonly string[];
}

/** Every caller is an administrator. */
export async function startMemoryApiServer(...others: readonly Mount[]): Promise<MemoryApiServer> {
  const env = { HANGTAG_MODEL_DIR: COLOURS_MODEL, HANGTAG_API_ACCESS: 'local' };
  const { models } = commonAdapters(parseConfig(env), systemClock, async () => objects);
  const { app, records, objects } = memoryApp({
    ...{ clock: systemClock, env, adapters: { models } },
    classifier: new ScriptedClassifier(),
  });
  await (await app.models()).ready();
  const name = 'fuzzed.jpg';
  const generation = await objects.write({ bucket: BUCKET, name, bytes: new Uint8Array([1]) });
  const imageId = imageIdOf(BUCKET, name);
  const labelled = { status: 'done', category: 'red', confidence: 0.9 } as const;
  const record = aNewRecord({ name, ...(generation && { generation }), ...labelled });
  await records.create({ tenant: DEFAULT_TENANT, imageId }, record);
  const issue = { tenant: DEFAULT_TENANT, name: 'fuzzed', scopes: ['read'], expiresAt: null } as const;
  const { key } = await createKey(issue, await app.keys());
  const server = await serve(apiListener(app, [...ALL, ...others]), { port: 0, host: '127.0.0.1' });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    known: [imageId, key.id, '2026-01-02', 'pause', 'colours'],
    async close() {
      server.close();
      server.closeAllConnections();
      await app.close();
    },
  };
}

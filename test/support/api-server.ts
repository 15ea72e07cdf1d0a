/** The standalone API in this process, with a small model: see COLOURS_MODEL. */
import type { AddressInfo } from 'node:net';
import type { Mount } from '@hangtag/functions/api/api-env.js';
import { apiListener, STANDALONE } from '@hangtag/functions/api/listener.js';
import { type SlowClientLimits, serve } from '@hangtag/functions/api/serve.js';
import { standaloneApp } from '@hangtag/functions/app/standalone-app.js';
import { createLog } from '@hangtag/shared/log.js';
import { COLOURS_MODEL } from '../fixtures/paths.js';

export interface ApiServer {
  readonly url: string;
  readonly port: number;
  close(): Promise<void>;
}

export interface ApiServerOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly slowClient?: SlowClientLimits;
  readonly mounts?: readonly Mount[];
}

export async function startApiServer({
  env,
  slowClient,
  mounts = STANDALONE,
}: ApiServerOptions = {}): Promise<ApiServer> {
  const log = createLog({ write: () => undefined });
  const settings = { HANGTAG_MODEL_DIR: COLOURS_MODEL, HANGTAG_API_ACCESS: 'local', ...env };
  const app = standaloneApp(settings, log);
  await (await app.models()).ready();
  const server = await serve(apiListener(app, mounts), { port: 0, host: '127.0.0.1' }, slowClient);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async close() {
      server.close();
      server.closeAllConnections();
      await app.close();
    },
  };
}

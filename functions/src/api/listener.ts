/** The API for a server of Node. It streams request bodies. */
import type { RequestListener } from 'node:http';
import { DEFAULT_TENANT } from '@hangtag/shared/domain/identity.js';
import { getRequestListener } from '@hono/node-server';
import type { App } from '../app/app.js';
import type { Mount } from './api-env.js';
import { createApi } from './create-api.js';
import { type Authenticate, type Identity, SCOPES } from './identity.js';
import { mountDocs } from './routes/docs.js';
import { mountInference } from './routes/inference.js';
import { mountPredict } from './routes/predict.js';
import { mountService } from './routes/service.js';

/** Routes that need a model only, and no Google service. */
export const STANDALONE: readonly Mount[] = [mountService, mountPredict, mountInference, mountDocs];
/** For an API without a store of credentials. */
const nobody: Authenticate = async () => undefined;
/** The administrator of the default tenant: every caller without credentials, for a server on loopback only. */
const LOCAL_ADMIN: Identity = {
  tenant: DEFAULT_TENANT,
  scopes: SCOPES,
  subject: { kind: 'public', id: 'local' },
};

export function apiListener(app: App, mounts = STANDALONE, known = nobody): RequestListener {
  const access = app.config.HANGTAG_API_ACCESS;
  const { fetch } = createApi({
    app,
    mounts,
    authenticate: access === 'local' ? async (request) => (await known(request)) ?? LOCAL_ADMIN : known,
    isPublic: access === 'public',
  });
  return getRequestListener(fetch);
}

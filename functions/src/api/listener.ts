/** The API for a server of Node. It streams request bodies, where functions-framework reads them into memory first. */
import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import type { App } from '../app/app.js';
import { createApi } from './create-api.js';
import type { Authenticate } from './identity.js';
import { mountService } from './routes/service.js';

/** Routes that need a model only, and no Google service. */
export const STANDALONE = [mountService];
/** Every route. */
export const ALL = [...STANDALONE];

const noCredentials: Authenticate = async () => undefined;

export function apiListener(app: App): RequestListener {
  const { fetch } = createApi({ app, authenticate: noCredentials, isPublic: true, mounts: ALL });
  return getRequestListener(fetch);
}

/** The program of the container image without FUNCTION_TARGET: the API alone, open to every caller, with no Google service. */
import { once } from 'node:events';
import { standaloneApp } from '../app/standalone-app.js';
import { apiListener, STANDALONE } from './listener.js';
import { serve } from './serve.js';

const app = standaloneApp({ ...process.env, HANGTAG_API_ACCESS: 'public' });
const models = await app.models();
const server = await serve(apiListener(app, STANDALONE), {
  port: Number(process.env['PORT'] ?? 8080),
  host: '0.0.0.0',
});
try {
  await models.ready();
  // Container platforms send SIGTERM.
  await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
} finally {
  server.close();
  server.closeIdleConnections();
  await app.close();
}

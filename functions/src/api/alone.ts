/** The program of the container image without FUNCTION_TARGET: the API alone, open to every caller, with no Google service. */
import { once } from 'node:events';
import { standaloneApp } from '../app/standalone-app.js';

const app = standaloneApp({ ...process.env, HANGTAG_API_ACCESS: 'public' });
// The model's worker starts first, and loads on another core while this process loads the rest.
const models = await app.models();
const [{ apiListener }, { serve }] = await Promise.all([import('./listener.js'), import('./serve.js')]);
const server = await serve(apiListener(app), {
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

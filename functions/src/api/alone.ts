/** The program of the container image without FUNCTION_TARGET: the API alone, open to every caller, with no Google service. */
import { once } from 'node:events';
import { spareClassifier } from '@hangtag/shared/inference/spare-classifier.js';

// The model's worker loads its libraries on another core while this process loads its own.
const spare = spareClassifier();
try {
  const { standaloneApp } = await import('../app/standalone-app.js');
  const app = standaloneApp({ ...process.env, HANGTAG_API_ACCESS: 'public' }, undefined, spare);
  // The worker gets its settings before servers, routes and calendars are loaded.
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
} finally {
  spare.close();
}

import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCommand } from '@hangtag/emulators/command-line.js';
import { flag, type Values, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { onlyLocal } from '@hangtag/emulators/only-local.js';
import type { App } from '@hangtag/functions/app/app.js';
import { UsageError } from '@hangtag/shared/errors.js';
import type { SpareWorker } from '@hangtag/shared/inference/isolation/worker-process.js';
import { spareClassifier } from '@hangtag/shared/inference/spare-classifier.js';

const COMMAND = {
  name: 'npm run api',
  what: `Serves /predict and what belongs to it, with no Google service, bucket or Java. Ctrl-C ends it.
Without --public it listens on this machine only, and answers everything.`,
  options: {
    port: withDefault(wholeNumber('N', 'the port (8080); 0: any free one', { min: 0, max: 65_535 }), 8_080),
    public: flag(
      'listen on every network; everybody may use /predict, /classes and /health, and nothing else',
    ),
  },
} as const;

await runCommand(COMMAND, async ({ options }) => {
  // The model's worker loads its libraries on another core while this process loads its own.
  const spare = spareClassifier();
  try {
    await serveApi(options, spare);
  } finally {
    spare.close();
  }
  return undefined;
});

async function serveApi(options: Values<typeof COMMAND.options>, spare: SpareWorker): Promise<void> {
  const { standaloneApp } = await import('@hangtag/functions/app/standalone-app.js');
  const access = options.public ? 'public' : 'local';
  const app = standaloneApp({ ...process.env, HANGTAG_API_ACCESS: access }, undefined, spare);
  try {
    // The worker gets its settings before servers, routes and calendars are loaded.
    const models = await app.models();
    const server = await listen(app, options);
    try {
      await models.ready();
      await Promise.race(['SIGINT', 'SIGTERM'].map((signal) => once(process, signal)));
    } finally {
      server.close();
      server.closeAllConnections();
    }
  } finally {
    await app.close();
  }
}

async function listen(app: App, options: Values<typeof COMMAND.options>): Promise<Server> {
  const [{ apiListener }, { serve }] = await Promise.all([
    import('@hangtag/functions/api/listener.js'),
    import('@hangtag/functions/api/serve.js'),
  ]);
  const listener = apiListener(app);
  const address = { port: options.port, host: options.public ? '0.0.0.0' : '127.0.0.1' };
  const server = await serve(options.public ? listener : onlyLocal(listener), address).catch(
    (cause: unknown) => {
      throw new UsageError(`Expected a free port for --port but received ${options.port}`, { cause });
    },
  );
  const { port } = server.address() as AddressInfo;
  console.log(`The API listens on http://127.0.0.1:${port}`);
  console.log(`  curl -F file=@photo.jpg http://127.0.0.1:${port}/predict`);
  return server;
}

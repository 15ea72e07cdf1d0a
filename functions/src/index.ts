/**
 * The entry of the functions: a declaration for each entry of the table, under its name. `bundle.mjs` makes an export of
 * each, which is what `firebase deploy`, the emulator suite, functions-framework and the local host read. Importing it
 * starts nothing: the application of the process is made by the first event, or by `start`.
 */
import type { App } from './app/app.js';
import { cloudApp } from './app/cloud-app.js';
import { declare } from './platform/declare.js';
import { FUNCTIONS } from './platform/function-table.js';

/** The functions that this process serves; all of them if the declarations are only read. */
const served = process.env['FUNCTION_TARGET']?.split(',');
const entries = FUNCTIONS.filter(({ name }) => served?.includes(name) ?? true);

let running: { readonly app: App; readonly started: Promise<void> } | undefined;

/** Declaration by name. */
export const declarations = Object.fromEntries(
  entries.map((entry) => [entry.name, declare(entry, () => run().app)]),
);

/**
 * Does what an instance can do before its first event: connections, the model.
 *
 * @throws {ConfigError | ModelError | CrashError} the process must not serve
 */
export async function start(): Promise<void> {
  await run().started;
}

/** @throws {ConfigError} */
function run() {
  if (running !== undefined) return running;
  const app = cloudApp();
  // If the declarations are only read, or called by a test, nothing is started in advance.
  const started = served === undefined ? Promise.resolve() : startAll(app);
  // Each event also reports the failure.
  started.catch(() => undefined);
  running = { app, started };
  return running;
}

async function startAll(app: App): Promise<void> {
  await Promise.all(
    entries.map(async (entry) => {
      try {
        await entry.start?.(app);
      } catch (err) {
        app.log.fatal({ function: entry.name, outcome: 'refused-to-start', err });
        throw err;
      }
    }),
  );
}

import type { App } from '../app/app.js';
import { type Declaration, declare, type Place } from './declare.js';
import { FUNCTIONS } from './function-table.js';
import { isServed } from './function-target.js';

/** The functions of one installation in this process, which share one application. */
export interface Declared {
  /** By the name of the function. */
  readonly declarations: Readonly<Record<string, Declaration>>;
  /**
   * Does what an instance can do before its first event: connections, the model.
   *
   * @throws {ConfigError | ModelError | CrashError} the process must not serve
   */
  start(): Promise<void>;
}

/** Declares the functions that this process serves; all of them if the declarations are only read. Nothing is started. */
export function declareAll({ app: open, ...place }: Place): Declared {
  const entries = FUNCTIONS.filter(({ name }) => isServed(name));
  let running: { readonly app: App; readonly started: Promise<void> } | undefined;

  /** @throws {ConfigError} */
  function run() {
    if (running !== undefined) return running;
    const app = open();
    // If the declarations are only read, or called by a test, nothing is started in advance.
    const started = process.env['FUNCTION_TARGET'] === undefined ? Promise.resolve() : startAll(app);
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

  return {
    declarations: Object.fromEntries(
      entries.map((entry) => [entry.name, declare(entry, { ...place, app: () => run().app })]),
    ),
    start: async () => run().started,
  };
}

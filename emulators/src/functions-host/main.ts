/**
 * Serves several functions in one process:
 *
 *     node main.js --entry @hangtag/functions --targets ingest,deadLetter --port 8090
 *
 * `--entry` is a module name or a URL. After SIGTERM it accepts no more requests, finishes those in progress and exits with 0.
 */
import { parseArgs } from 'node:util';
import { endpointsOf } from './endpoints.js';
import { writeConsoleAsJson } from './json-console.js';
import { createFunctionsServer } from './server.js';

const IDLE_CHECK_MS = 20;

/** Declarations by name. `start` prepares an instance before its first event. */
type Entry = Readonly<Record<string, unknown>> & { readonly start?: () => Promise<void> };

const { values } = parseArgs({
  options: {
    entry: { type: 'string' },
    targets: { type: 'string' },
    port: { type: 'string' },
  },
});

function required(name: keyof typeof values): string {
  const value = values[name];
  if (value === undefined) throw new TypeError(`Expected a value for --${name} but received none`);
  return value;
}

writeConsoleAsJson();
const targets = required('targets').split(',');
const entry: Entry = await import(required('entry'));
const server = createFunctionsServer(await endpointsOf(entry, targets));
server.listen(Number(required('port')), '127.0.0.1');
// The entry has logged the reason.
entry.start?.().catch(() => process.exit(1));
process.once('SIGTERM', () => {
  server.close(() => process.exit(0));
  // A keep-alive connection becomes idle only after its last answer.
  setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
});

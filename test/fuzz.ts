/** Sends hostile requests to the API for longer than the tests do. */
import { readFileSync } from 'node:fs';
import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { flag, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { fromRoot } from './fixtures/paths.js';
import { fuzzApi } from './support/api-fuzz.js';
import { startApiServer } from './support/api-server.js';

const MIB = 1024 * 1024;
const COMMAND = {
  name: 'npm run fuzz',
  what: `Sends hostile requests to a server that it starts. Exit code 0: no fault was found. 1: some were.`,
  options: {
    api: flag('the HTTP API (the default, and the only one)'),
    requests: withDefault(wholeNumber('N', 'how many (10000)', { min: 1, max: 10_000_000 }), 10_000),
    seed: withDefault(wholeNumber('N', 'repeats a run (17)', { min: 0, max: 2 ** 31 - 1 }), 17),
  },
} as const;
const ROUND = 1_000;

await runCommand(COMMAND, async ({ options: { requests, seed } }) => {
  const document = JSON.parse(readFileSync(fromRoot('openapi.json'), 'utf8'));
  const server = await startApiServer();
  try {
    const faults = [];
    for (let sent = 0; sent < requests; sent += ROUND) {
      const count = Math.min(ROUND, requests - sent);
      faults.push(...(await fuzzApi({ port: server.port, document, requests: count, seed: seed + sent })));
      const memory = Math.round(process.memoryUsage().rss / MIB);
      console.log(`${sent + count} requests, ${faults.length} faults, ${memory} MiB`);
    }
    for (const { what, request } of faults) console.log(`${what}: ${JSON.stringify(request)}`);
    return faults.length === 0 ? EXIT.done : EXIT.unfinished;
  } finally {
    await server.close();
  }
});

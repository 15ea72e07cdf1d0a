/** Sends hostile requests to the API for longer than the tests do. */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EXIT, runCommand } from '@hangtag/emulators/command-line.js';
import { flag, wholeNumber, withDefault } from '@hangtag/emulators/command-options.js';
import { fromRoot } from './fixtures/paths.js';
import { type Fault, fuzzApi } from './support/api-fuzz.js';
import { startMemoryApiServer } from './support/memory-api-server.js';

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
/** From the end of the first round, in which code and caches are loaded. */
const MAX_GROWTH_BYTES = 32 * MIB;

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

/** What is in use after a collection. */
function heapBytes(): number {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

await runCommand(COMMAND, async ({ options: { requests, seed } }) => {
  const document = JSON.parse(readFileSync(fromRoot('openapi.json'), 'utf8'));
  const server = await startMemoryApiServer();
  try {
    const faults: Fault[] = [];
    let usedAtFirst = 0;
    for (let sent = 0; sent < requests; sent += ROUND) {
      const count = Math.min(ROUND, requests - sent);
      const { port, known } = server;
      faults.push(...(await fuzzApi({ port, known, document, requests: count, seed: seed + sent })));
      const usedBytes = heapBytes();
      if (sent === 0) usedAtFirst = usedBytes;
      console.log(
        `${sent + count} requests, ${faults.length} faults, ${Math.round(usedBytes / MIB)} MiB in use`,
      );
    }
    const grownBytes = heapBytes() - usedAtFirst;
    if (grownBytes > MAX_GROWTH_BYTES)
      faults.push({ what: `memory grew by ${Math.round(grownBytes / MIB)} MiB`, request: 'all' });
    for (const { what, request } of faults) console.log(`${what}: ${JSON.stringify(request)}`);
    return faults.length === 0 ? EXIT.done : EXIT.unfinished;
  } finally {
    await server.close();
  }
});

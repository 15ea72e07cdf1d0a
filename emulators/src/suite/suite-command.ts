/** `npm run suite`: the same functions under the Firebase emulator suite, until Ctrl-C. */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { EXIT, type ExitStatus, runCommand } from '../command-line.js';
import { describeExit } from '../processes/child.js';
import { announceStack, STATE_DIR, withdrawStack } from '../start/stack-file.js';
import { startSuite } from './suite.js';

// Google's clients otherwise look for a metadata server, for seconds, and warn that there is none.
process.env['METADATA_SERVER_DETECTION'] ??= 'none';

const USAGE = `Usage: npm run suite

Runs the same functions under the Firebase emulator suite, until Ctrl-C.`;

await runCommand(USAGE, async () => {
  parseArgs();
  return run();
});

async function run(): Promise<ExitStatus> {
  const suite = await startSuite(resolve(STATE_DIR, 'suite'), (line) => console.log(line));
  const interrupted = interruption();
  try {
    for (const [name, address] of suite.addresses) console.log(`  ${name.padEnd(18)} ${address}`);
    console.log('Drop pictures with: npm run drop -- FILE|DIR ...   Ctrl-C ends it.');
    await announceStack(suite);
    const exit = await Promise.race([interrupted, suite.ended]);
    if (exit === undefined) return EXIT.done;
    console.error(`firebase-tools ended by itself: ${describeExit(exit)}`);
    return EXIT.unfinished;
  } finally {
    await withdrawStack();
    await suite.stop();
  }
}

function interruption(): Promise<void> {
  return new Promise((done) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => done());
  });
}

/** `npm run suite`: the same functions under the Firebase emulator suite, until Ctrl-C. */
import { resolve } from 'node:path';
import { EXIT, type ExitStatus, runCommand } from '../command-line.js';
import { describeExit } from '../processes/child.js';
import { interruption } from '../processes/interruption.js';
import { announceStack, STATE_DIR } from '../start/stack-file.js';
import { startSuite } from './suite.js';

const COMMAND = {
  name: 'npm run suite',
  what: 'Runs the same functions under the Firebase emulator suite, until Ctrl-C.',
  options: {},
};

await runCommand(COMMAND, run);

async function run(): Promise<ExitStatus> {
  const suite = await startSuite(resolve(STATE_DIR, 'suite'), (line) => console.log(line));
  const interrupted = interruption();
  let withdraw: (() => Promise<void>) | undefined;
  try {
    for (const [name, address] of suite.addresses) console.log(`  ${name.padEnd(18)} ${address}`);
    console.log(
      'Drop pictures with: npm run drop -- FILE|DIR ...   Fire a schedule: npm run tick -- JOB   Stop: Ctrl-C',
    );
    withdraw = await announceStack({ ...suite, mode: 'under the Firebase emulator suite' });
    const exit = await Promise.race([interrupted, suite.ended]);
    if (exit === 'interrupted') return EXIT.done;
    console.error(`Expected firebase-tools to run until Ctrl-C but it ended: ${describeExit(exit)}`);
    return EXIT.unfinished;
  } finally {
    await withdraw?.();
    await suite.stop();
  }
}

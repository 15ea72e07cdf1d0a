/** The sweep from a terminal: works on the local stack where one runs, else on the project of the environment. */

import { parseArgs } from 'node:util';
import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { PASSES_FOR, type SweepCommand, sweepCommand } from '@hangtag/functions/sweep/command.js';
import { type SweepWatcher, sweep } from '@hangtag/functions/sweep/handler.js';
import type { SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { express } from '@hangtag/functions/sweep/wish.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { withStackEnvironment } from './stack-environment.js';
import { progressLine, summary } from './sweep-text.js';

const USAGE = `Usage: npm run sweep -- [--bucket B] [--prefix P] [--reason ${Object.keys(PASSES_FOR).join('|')}] [--dry-run]
       npm run sweep -- --pause | --resume | --abort [--bucket B]

Makes the records of a bucket agree with its objects. --dry-run says what would be done, and what it would cost.
Ends with 0 when all is done, 1 when something is left, 2 when it was misused. See docs/sweep.md.`;

const REFUSALS: Readonly<Record<string, string>> = {
  running: 'Another sweep of this bucket is at work.',
  paused: 'The sweep of this bucket is paused. Go on with --resume, or give it up with --abort.',
  'done-already': 'This sweep is done already.',
  'other-unfinished':
    'Another sweep of this bucket is unfinished. Repeat its own options to go on, or give it up with --abort.',
};

await runCommand(USAGE, async () => {
  Object.assign(process.env, withStackEnvironment(process.env));
  const command = commandOf(process.argv.slice(2), process.env['HANGTAG_BUCKET'] ?? 'hangtag-images');
  // Loaded now: the clients read the environment when they are made.
  const { sweepPorts } = await import('@hangtag/functions/composition.js');
  const ports = await sweepPorts();
  return command.kind === 'wish' ? wish(command, ports) : run(command, ports);
});

function commandOf(args: string[], defaultBucket: string): SweepCommand {
  const { values } = parseArgs({
    args,
    options: {
      bucket: { type: 'string' },
      prefix: { type: 'string' },
      reason: { type: 'string' },
      'dry-run': { type: 'boolean' },
      pause: { type: 'boolean' },
      resume: { type: 'boolean' },
      abort: { type: 'boolean' },
    },
  });
  const { 'dry-run': dryRun, pause, resume, abort, ...rest } = values;
  const wishes = Object.entries({ pause, resume, abort }).flatMap(([wish, isAsked]) => (isAsked ? wish : []));
  if (wishes.length > 1) throw new UsageError(`Expected one wish but received --${wishes.join(' and --')}`);
  return sweepCommand({ ...rest, dryRun, wish: wishes[0] }, defaultBucket);
}

async function wish(
  command: Extract<SweepCommand, { kind: 'wish' }>,
  ports: SweepPorts,
): Promise<ExitStatus> {
  const state = await express(command, ports);
  if (state === undefined) {
    console.error(`There is nothing to ${command.wish} in ${command.bucket}.`);
    return EXIT.unfinished;
  }
  console.log(`The sweep of ${command.bucket} is ${state.status}.`);
  return EXIT.done;
}

async function run(
  { request }: Extract<SweepCommand, { kind: 'run' }>,
  ports: SweepPorts,
): Promise<ExitStatus> {
  const limits = { ...ports.limits, timeBudgetMs: Number.POSITIVE_INFINITY };
  const result = await sweep(request, { ...ports, limits }, terminalWatcher(ports));
  if (process.stderr.isTTY) process.stderr.write('\n');
  if (result.outcome === 'refused') {
    console.error(REFUSALS[result.because] ?? result.because);
    return EXIT.unfinished;
  }
  console.log(summary(result.state, ports.prices));
  return result.outcome === 'done' && result.state.progress.failed === 0 ? EXIT.done : EXIT.unfinished;
}

function terminalWatcher({ clock }: SweepPorts): SweepWatcher {
  return {
    onPage(state) {
      if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${progressLine(state, clock.now())}`);
    },
    onFailure({ name, error }) {
      console.error(`Could not repair ${JSON.stringify(name)}: ${String(error)}`);
    },
  };
}

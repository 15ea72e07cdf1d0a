import { EXIT, type ExitStatus, runCommand } from '@hangtag/emulators/command-line.js';
import { flag, oneOf, text } from '@hangtag/emulators/command-options.js';
import { PASSES_FOR, type SweepCommand, sweepCommand } from '@hangtag/functions/sweep/command.js';
import { type SweepWatcher, sweep } from '@hangtag/functions/sweep/handler.js';
import type { SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { requestAction } from '@hangtag/functions/sweep/request-action.js';
import { UsageError } from '@hangtag/shared/errors.js';
import { progressLine, summary } from './sweep-text.js';
import { BUCKET, openTarget, TARGET_OPTIONS } from './target.js';

const REASONS = Object.keys(PASSES_FOR) as (keyof typeof PASSES_FOR)[];

const COMMAND = {
  name: 'npm run sweep',
  what: `Makes the records of a bucket agree with its objects: docs/sweep.md.
Exit code 0: all is done. 1: something is left. 2: wrong usage.`,
  options: {
    bucket: BUCKET,
    prefix: text('P', 'only names that begin with P'),
    reason: oneOf(REASONS, 'what to look for (routine)'),
    'dry-run': flag('say what would be done and what it would cost, and change nothing'),
    pause: flag('pause the sweep that runs'),
    resume: flag('let a paused sweep go on'),
    abort: flag('give an unfinished sweep up'),
    ...TARGET_OPTIONS,
  },
} as const;

const REFUSALS: Readonly<Record<string, string>> = {
  running: 'Another sweep of this bucket is at work.',
  paused: 'The sweep of this bucket is paused. Go on with --resume, or give it up with --abort.',
  'done-already': 'This sweep is done already.',
  'other-unfinished':
    'Another sweep of this bucket is unfinished. Repeat its own options to go on, or give it up with --abort.',
};

await runCommand(COMMAND, async ({ options }) => {
  const { pause, resume, abort, 'dry-run': dryRun, bucket, prefix, reason } = options;
  const actions = Object.entries({ pause, resume, abort }).flatMap(([action, isAsked]) =>
    isAsked ? action : [],
  );
  if (actions.length > 1)
    throw new UsageError(`Expected one action but received --${actions.join(' and --')}`);
  await using app = await openTarget(options);
  const command = sweepCommand(
    { bucket, prefix, reason, dryRun, action: actions[0] },
    process.env['HANGTAG_BUCKET'] ?? 'hangtag-images',
  );
  const ports = await app.sweep();
  return command.kind === 'action' ? act(command, ports) : run(command, ports);
});

async function act(
  command: Extract<SweepCommand, { kind: 'action' }>,
  ports: SweepPorts,
): Promise<ExitStatus> {
  const state = await requestAction(command, ports);
  if (state === undefined) {
    console.error(`There is nothing to ${command.action} in ${command.bucket}.`);
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

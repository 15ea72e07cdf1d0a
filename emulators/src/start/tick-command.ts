/** `npm run tick -- JOB`: calls a scheduled job of the running stack now, as Cloud Scheduler's "force run" does. */
import { UnavailableError, UsageError } from '@hangtag/shared/errors.js';
import { EXIT, type ExitStatus, runCommand } from '../command-line.js';
import { callJob } from '../scheduler/job.js';
import { runningStack, STACK_OPTION } from './stack-file.js';

const COMMAND = {
  name: 'npm run tick',
  what: 'Calls a scheduled job of the running stack now.',
  words: { value: 'JOB', min: 1, max: 1 },
  options: STACK_OPTION,
} as const;

await runCommand(COMMAND, async ({ words: [name = ''], options }): Promise<ExitStatus> => {
  const { jobs, port } = await runningStack(options['port-base']);
  const names = Object.keys(jobs);
  const url = new Map(Object.entries(jobs)).get(name);
  if (names.length === 0)
    throw new UnavailableError(
      `Expected scheduled jobs but the stack on port ${port} has none. Type: npm start`,
    );
  if (url === undefined) throw new UsageError(`Expected one of ${names.join(', ')} but received ${name}`);
  const call = await callJob({ name, url }, new Date());
  console.log(call.kind === 'succeeded' ? `${name}: ${call.status} OK` : `${name} failed: ${call.reason}`);
  return call.kind === 'succeeded' ? EXIT.done : EXIT.unfinished;
});

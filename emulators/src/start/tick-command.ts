/** `npm run tick -- JOB`: fires a scheduled job of the running stack now, as Cloud Scheduler's "force run" does. */
import { UsageError } from '@hangtag/shared/errors.js';
import { EXIT, type ExitStatus, runCommand } from '../command-line.js';
import { runningStack } from './stack-file.js';

const USAGE = `Usage: npm run tick -- JOB

Fires a scheduled job of the running stack now.`;

await runCommand(USAGE, () => tick(process.argv[2]));

async function tick(name: string | undefined): Promise<ExitStatus> {
  const { jobs } = await runningStack();
  const url = name === undefined ? undefined : jobs[name];
  if (name === undefined || url === undefined) {
    throw new UsageError(
      `Expected one of ${Object.keys(jobs).join(', ') || '(no jobs)'} but received ${name ?? 'nothing'}`,
    );
  }
  const headers = {
    'X-CloudScheduler': 'true',
    'X-CloudScheduler-JobName': name,
    'X-CloudScheduler-ScheduleTime': new Date().toISOString(),
  };
  const response = await fetch(url, { method: 'POST', headers });
  console.log(`${name}: ${response.status} ${response.statusText}`);
  return response.ok ? EXIT.done : EXIT.unfinished;
}

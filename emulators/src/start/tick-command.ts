/** `npm run tick -- JOB`: fires a scheduled job of the running stack now, as Cloud Scheduler's "force run" does. */
import { NoStack, runningStack } from './stack-file.js';

try {
  process.exitCode = await tick(process.argv[2]);
} catch (error) {
  console.error(error instanceof NoStack ? error.message : error);
  process.exitCode = 1;
}

async function tick(name: string | undefined): Promise<number> {
  const { jobs } = await runningStack();
  const url = name === undefined ? undefined : jobs[name];
  if (name === undefined || url === undefined) {
    console.error(
      `Expected one of ${Object.keys(jobs).join(', ') || '(no jobs)'} but received ${name ?? 'nothing'}`,
    );
    return 2;
  }
  const headers = {
    'X-CloudScheduler': 'true',
    'X-CloudScheduler-JobName': name,
    'X-CloudScheduler-ScheduleTime': new Date().toISOString(),
  };
  const response = await fetch(url, { method: 'POST', headers });
  console.log(`${name}: ${response.status} ${response.statusText}`);
  return response.ok ? 0 : 1;
}

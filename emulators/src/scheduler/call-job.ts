import type { ScheduledJob } from './job.js';

export type JobCall =
  | { readonly kind: 'succeeded'; readonly status: number }
  | { readonly kind: 'failed'; readonly reason: string };

/** Cloud Scheduler's default attempt deadline for HTTP targets. */
const ATTEMPT_DEADLINE_MS = 180_000;

/** Calls a job's URL once, with the headers that Cloud Scheduler sends. */
export async function callJob(job: Pick<ScheduledJob, 'name' | 'url'>, scheduleTime: Date): Promise<JobCall> {
  try {
    const response = await fetch(job.url, {
      method: 'POST',
      headers: {
        'user-agent': 'Google-Cloud-Scheduler',
        'x-cloudscheduler': 'true',
        'x-cloudscheduler-jobname': job.name,
        'x-cloudscheduler-scheduletime': scheduleTime.toISOString(),
      },
      signal: AbortSignal.timeout(ATTEMPT_DEADLINE_MS),
    });
    await response.arrayBuffer();
    if (response.ok) return { kind: 'succeeded', status: response.status };
    return { kind: 'failed', reason: `status ${response.status}` };
  } catch (error) {
    return { kind: 'failed', reason: String(error) };
  }
}

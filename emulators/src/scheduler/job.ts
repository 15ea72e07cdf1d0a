import type { RetryPlan } from '@hangtag/functions/platform/topology.js';
import { Cron } from 'croner';

/** A job, with the properties that Cloud Scheduler gives it. */
export interface ScheduledJob {
  readonly name: string;
  /** Five fields, as in Unix cron. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Receives a POST. */
  readonly url: string;
  /** How often a failed call is repeated; Cloud Scheduler's default is 0. */
  readonly retries: number;
  readonly retry: RetryPlan;
}

/** The first time after `after` at which the job is due; undefined if it is never due again. @throws TypeError for an invalid pattern */
export function nextTime(job: Pick<ScheduledJob, 'cron' | 'timeZone'>, after: Date): Date | undefined {
  return (
    new Cron(job.cron, { timezone: job.timeZone, mode: '5-part', paused: true }).nextRun(after) ?? undefined
  );
}

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

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

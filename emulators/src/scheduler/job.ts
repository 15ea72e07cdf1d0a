import type { RetryPlan } from '@hangtag/functions/topology.js';
import { Cron } from 'croner';

/** A job as Cloud Scheduler knows it. */
export interface ScheduledJob {
  readonly name: string;
  /** Five fields, as in Unix cron. */
  readonly cron: string;
  /** IANA name. */
  readonly timeZone: string;
  /** Gets a POST. */
  readonly url: string;
  /** How often a failed call is tried again; Cloud Scheduler's own default is 0. */
  readonly retries: number;
  readonly retry: RetryPlan;
}

/** The first time after the given one at which the job is due; undefined where there is none. @throws TypeError for a bad pattern */
export function nextTime(job: Pick<ScheduledJob, 'cron' | 'timeZone'>, after: Date): Date | undefined {
  return (
    new Cron(job.cron, { timezone: job.timeZone, mode: '5-part', paused: true }).nextRun(after) ?? undefined
  );
}

/** The schedules of the function table as jobs of the local scheduler. */
import { topologyOf } from '@hangtag/functions/platform/topology.js';
import type { Config } from '@hangtag/shared/config.js';
import type { ScheduledJob } from '../scheduler/job.js';

const RETRY = { minSeconds: 5, maxSeconds: 60 };

/** @param urlOf address of a function */
export function jobsOf(config: Config, urlOf: (name: string) => string): readonly ScheduledJob[] {
  return topologyOf(config).schedules.map(({ function: name, cron, retries }) => ({
    name,
    cron,
    timeZone: config.HANGTAG_TIME_ZONE,
    url: urlOf(name),
    // At least one, because the function may not be ready at the first call.
    retries: Math.max(1, retries),
    retry: RETRY,
  }));
}

/**
 * The schedules, read off the declarations as `firebase deploy` reads them: what is declared once is fired here and
 * in the cloud alike.
 */
import type { ScheduledJob } from '../scheduler/job.js';

/** The part of a firebase-functions v2 declaration that says when. */
interface Declared {
  readonly __endpoint?: {
    readonly scheduleTrigger?: { readonly schedule: unknown; readonly timeZone?: unknown };
  };
}

const RETRY = { minSeconds: 5, maxSeconds: 60 };

export function scheduledJobs(
  entry: Readonly<Record<string, unknown>>,
  { baseUrl, timeZone }: { readonly baseUrl: string; readonly timeZone: string },
): readonly ScheduledJob[] {
  return Object.entries(entry).flatMap(([name, declared]) => {
    const trigger = isDeclared(declared) ? declared.__endpoint?.scheduleTrigger : undefined;
    if (trigger === undefined) return [];
    const cron = String(trigger.schedule);
    // Declared zones are a deployment's parameter, or none: both mean the zone that the stack was told.
    const zone = typeof trigger.timeZone === 'string' ? trigger.timeZone : timeZone;
    return [{ name, cron, timeZone: zone, url: `${baseUrl}/${name}`, retries: 1, retry: RETRY }];
  });
}

function isDeclared(value: unknown): value is Declared {
  return typeof value === 'function';
}

/**
 * Calls each job when it is due, and on demand. A job that still runs when it is due again is not called twice
 * at once: that time is skipped, as Cloud Scheduler does. Times that passed while the process was down are not
 * made up for; the sweep exists to find what was missed.
 */
import { backoff } from '../processes/backoff.js';
import { callJob, type JobCall } from './call-job.js';
import { type SchedulerClock, systemClock } from './clock.js';
import { nextTime, type ScheduledJob } from './job.js';

export interface SchedulerOptions {
  readonly clock?: SchedulerClock;
  /** Hears of every call, with the time it was due. */
  readonly onCall?: (job: ScheduledJob, scheduleTime: Date, call: JobCall) => void;
}

/** Starts the clockwork. @throws TypeError for a bad cron pattern or time zone */
export function startScheduler(jobs: readonly ScheduledJob[], options: SchedulerOptions = {}): Scheduler {
  return new Scheduler(jobs, options);
}

export class Scheduler {
  readonly #jobs: ReadonlyMap<string, ScheduledJob>;
  readonly #clock: SchedulerClock;
  readonly #onCall: SchedulerOptions['onCall'];
  readonly #running = new Map<string, Promise<JobCall>>();
  readonly #alarms = new Map<string, () => void>();
  readonly #stopping = new AbortController();

  constructor(jobs: readonly ScheduledJob[], options: SchedulerOptions) {
    this.#jobs = new Map(jobs.map((job) => [job.name, job]));
    this.#clock = options.clock ?? systemClock;
    this.#onCall = options.onCall;
    for (const job of jobs) this.#arm(job);
  }

  /** Calls a job now, or joins the call that is under way. @throws RangeError for a name that no job has */
  tick(name: string): Promise<JobCall> {
    const job = this.#jobs.get(name);
    if (job === undefined) {
      const names = [...this.#jobs.keys()].join(', ');
      throw new RangeError(`Expected one of ${names} for the job but received ${name}`);
    }
    return this.#run(job, this.#clock.now());
  }

  /** Calls nothing more; waits for the calls under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const takeBack of this.#alarms.values()) takeBack();
    await Promise.all(this.#running.values());
  }

  #arm(job: ScheduledJob): void {
    const due = nextTime(job, this.#clock.now());
    if (due === undefined) return;
    const takeBack = this.#clock.at(due, () => {
      this.#arm(job);
      void this.#run(job, due);
    });
    this.#alarms.set(job.name, takeBack);
  }

  #run(job: ScheduledJob, scheduleTime: Date): Promise<JobCall> {
    const underWay = this.#running.get(job.name);
    if (underWay !== undefined) return underWay;
    const run = this.#callWithRetries(job, scheduleTime).finally(() => this.#running.delete(job.name));
    this.#running.set(job.name, run);
    return run;
  }

  async #callWithRetries(job: ScheduledJob, scheduleTime: Date): Promise<JobCall> {
    for (let failures = 1; ; failures++) {
      const call = await callJob(job, scheduleTime);
      this.#onCall?.(job, scheduleTime, call);
      if (call.kind === 'succeeded' || failures > job.retries || this.#stopping.signal.aborted) return call;
      const { minSeconds: min, maxSeconds: max } = job.retry;
      await this.#pause(backoff(failures, { min, max }) * 1_000);
      if (this.#stopping.signal.aborted) return call;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const takeBack = this.#clock.at(new Date(this.#clock.now().getTime() + ms), resolve);
      this.#stopping.signal.addEventListener(
        'abort',
        () => {
          takeBack();
          resolve();
        },
        { once: true },
      );
    });
  }
}

/**
 * Calls each job when it is due. If a job still runs when it is due again, that time is skipped, as Cloud
 * Scheduler does. Times that passed while the process was down are not repeated, because the sweep finds missed images.
 */
import { backoff } from '../processes/backoff.js';
import { type SchedulerClock, systemClock } from './clock.js';
import { callJob, type JobCall, nextTime, type ScheduledJob } from './job.js';

export interface SchedulerOptions {
  readonly clock?: SchedulerClock;
  /** Called after every call of a job, with the time at which it was due. */
  readonly onCall?: (job: ScheduledJob, scheduleTime: Date, call: JobCall) => void;
}

/** @throws TypeError for an invalid cron pattern or time zone */
export function startScheduler(jobs: readonly ScheduledJob[], options: SchedulerOptions = {}): Scheduler {
  return new Scheduler(jobs, options);
}

export class Scheduler {
  readonly #clock: SchedulerClock;
  readonly #onCall: SchedulerOptions['onCall'];
  readonly #running = new Map<string, Promise<void>>();
  readonly #cancellations = new Map<string, () => void>();
  readonly #stopping = new AbortController();

  constructor(jobs: readonly ScheduledJob[], options: SchedulerOptions) {
    this.#clock = options.clock ?? systemClock;
    this.#onCall = options.onCall;
    for (const job of jobs) this.#schedule(job);
  }

  /** Waits for the calls in progress and starts no others. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const cancel of this.#cancellations.values()) cancel();
    await Promise.all(this.#running.values());
  }

  #schedule(job: ScheduledJob): void {
    const due = nextTime(job, this.#clock.now());
    if (due === undefined) return;
    const cancel = this.#clock.at(due, () => {
      this.#schedule(job);
      this.#run(job, due);
    });
    this.#cancellations.set(job.name, cancel);
  }

  #run(job: ScheduledJob, scheduleTime: Date): void {
    if (this.#running.has(job.name)) return;
    const run = this.#callWithRetries(job, scheduleTime).finally(() => this.#running.delete(job.name));
    this.#running.set(job.name, run);
  }

  async #callWithRetries(job: ScheduledJob, scheduleTime: Date): Promise<void> {
    for (let failures = 1; ; failures++) {
      const call = await callJob(job, scheduleTime);
      this.#onCall?.(job, scheduleTime, call);
      if (call.kind === 'succeeded' || failures > job.retries || this.#stopping.signal.aborted) return;
      const { minSeconds: min, maxSeconds: max } = job.retry;
      await this.#pause(backoff(failures, { min, max }) * 1_000);
      if (this.#stopping.signal.aborted) return;
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#clock.at(new Date(this.#clock.now().getTime() + ms), resolve);
      this.#stopping.signal.addEventListener(
        'abort',
        () => {
          cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

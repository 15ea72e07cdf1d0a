/** The scheduler's source of time, so that tests can control it. */
export interface SchedulerClock {
  now(): Date;
  /** Calls once at that time, or at once if it has passed. @returns a function that cancels the call */
  at(time: Date, call: () => void): () => void;
}

/** Timers of Node overflow at 24.8 days and stop while a computer sleeps, so no timer runs longer than this. */
const LONGEST_TIMER_MS = 60_000;

export const systemClock: SchedulerClock = {
  now: () => new Date(),
  at(time, call) {
    let timer: NodeJS.Timeout;
    const wait = () => {
      const leftMs = time.getTime() - Date.now();
      timer = setTimeout(
        () => (leftMs <= LONGEST_TIMER_MS ? call() : wait()),
        Math.min(leftMs, LONGEST_TIMER_MS),
      );
    };
    wait();
    return () => clearTimeout(timer);
  },
};

/** Time as the scheduler sees it. An input, so that a test moves it by hand. */
export interface SchedulerClock {
  now(): Date;
  /** Calls once when that time has come or is past; the returned function takes the call back. */
  at(time: Date, call: () => void): () => void;
}

/** Node's timers overflow at 24.8 days, and stand still while a laptop sleeps: never wait longer than this. */
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

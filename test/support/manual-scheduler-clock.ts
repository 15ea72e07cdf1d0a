import type { SchedulerClock } from '@hangtag/emulators/scheduler/clock.js';

/** A clock that changes only when a test moves it. It then makes the calls that are due, in order, each at its own time. */
export class ManualSchedulerClock implements SchedulerClock {
  #now: number;
  #timers: { readonly atMs: number; readonly call: () => void }[] = [];

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  get timers(): number {
    return this.#timers.length;
  }

  at(time: Date, call: () => void): () => void {
    const timer = { atMs: time.getTime(), call };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  moveTo(time: string): void {
    const end = Date.parse(time);
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.atMs - b.atMs).find(({ atMs }) => atMs <= end);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.atMs);
      next.call();
    }
    this.#now = end;
  }
}

import type { SchedulerClock } from '@hangtag/emulators/scheduler/clock.js';

/** A clock that the test moves; alarms on the way are called in order, at their own time. */
export class HandClock implements SchedulerClock {
  #now: number;
  #alarms: { readonly atMs: number; readonly call: () => void }[] = [];

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#now);
  }

  get alarms(): number {
    return this.#alarms.length;
  }

  at(time: Date, call: () => void): () => void {
    const alarm = { atMs: time.getTime(), call };
    this.#alarms.push(alarm);
    return () => {
      this.#alarms = this.#alarms.filter((one) => one !== alarm);
    };
  }

  moveTo(time: string): void {
    const end = Date.parse(time);
    for (;;) {
      const next = this.#alarms.toSorted((a, b) => a.atMs - b.atMs).find(({ atMs }) => atMs <= end);
      if (next === undefined) break;
      this.#alarms = this.#alarms.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.atMs);
      next.call();
    }
    this.#now = end;
  }
}

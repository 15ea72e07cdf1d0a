/** Plays schedules in two threads: most machines have two cores, and one thread took two minutes of each run. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

const THREADS = 2;
const PROGRAM = new URL('schedules-worker.js', import.meta.url);

export interface Part {
  readonly numRuns: number;
  readonly seed: number;
}

export interface SchedulesPool {
  /** @throws Error the first schedule that breaks a rule, with the seed of its thread */
  readonly played: Promise<unknown>;
  stop(): Promise<unknown>;
}

/** @param seed of the first thread; the second one has the next */
export function playInThreads(count: number, seed: number): SchedulesPool {
  const numRuns = Math.ceil(count / THREADS);
  const threads = Array.from(
    { length: THREADS },
    (_, index) => new Worker(PROGRAM, { workerData: { numRuns, seed: seed + index } satisfies Part }),
  );
  return {
    // An error of a thread rejects.
    played: Promise.all(threads.map((thread) => once(thread, 'exit'))),
    stop: () => Promise.all(threads.map((thread) => thread.terminate())),
  };
}

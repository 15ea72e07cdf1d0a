/** A thread that plays schedules: see schedules-pool. */
import { workerData } from 'node:worker_threads';
import fc from 'fast-check';
import { play, schedules } from './schedule.js';
import type { Part } from './schedules-pool.js';

const { numRuns, seed }: Part = workerData;
await fc.assert(
  fc.asyncProperty(schedules, (schedule) => play(schedule)),
  { numRuns, seed },
);

import { setTimeout as pause } from 'node:timers/promises';
import { TransientError } from './errors.js';

/** @throws {TransientError} the work takes longer; its result is dropped */
export async function inTime<T>(limitMs: number, what: string, work: () => Promise<T>): Promise<T> {
  const done = new AbortController();
  const tooLate = pause(limitMs, undefined, { signal: done.signal }).then(() => {
    throw new TransientError(`Expected ${what} to answer within ${limitMs} ms`);
  });
  try {
    return await Promise.race([work(), tooLate]);
  } finally {
    tooLate.catch(() => undefined);
    done.abort();
  }
}

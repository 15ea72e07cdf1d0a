/**
 * Reads calendars in a thread, one at a time. The process answers other requests meanwhile, and reading ends at its limits of time
 * and memory: some rules of a few characters never end, and no count of their occurrences stops them.
 */
import { answerOfThread } from '@hangtag/shared/answer-of-thread.js';
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import type { ThreadAnswer } from './calendar-thread.js';
import type { ReadCalendar, Setting } from './ics.js';

const TIME_LIMIT_MS = 20_000;
const MOST_MIB = 256;
const MOST_WAITING = 10;

let waiting = 0;
let last: Promise<unknown> = Promise.resolve();

/**
 * @throws {InputError} the text is not a calendar, or reading it exceeds a limit
 * @throws {TransientError} too many calendars wait
 */
export async function readCalendar(
  text: string,
  setting: Setting,
  timeLimitMs = TIME_LIMIT_MS,
): Promise<ReadCalendar> {
  if (waiting >= MOST_WAITING)
    throw new TransientError(`Expected at most ${MOST_WAITING} calendars at a time`);
  waiting += 1;
  const read = last.then(() => readInThread({ text, setting }, timeLimitMs));
  last = read
    .catch(() => undefined)
    .finally(() => {
      waiting -= 1;
    });
  return read;
}

async function readInThread(request: { text: string; setting: Setting }, timeLimitMs: number) {
  const signal = AbortSignal.timeout(timeLimitMs);
  const resourceLimits = { maxOldGenerationSizeMb: MOST_MIB };
  const module = new URL('./calendar-thread.js', import.meta.url);
  const answer = await answerOfThread<ThreadAnswer>(module, request, { signal, resourceLimits }).catch(
    (error: NodeJS.ErrnoException) => {
      if (!signal.aborted && error.code !== 'ERR_WORKER_OUT_OF_MEMORY') throw error;
      const limits = `${timeLimitMs / 1_000} s and ${MOST_MIB} MiB`;
      throw new InputError(`Expected a calendar that can be read with ${limits}`);
    },
  );
  if ('refusal' in answer) throw new InputError(answer.refusal);
  return answer;
}

/** The program of the thread that reads a calendar: see read-calendar.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { InputError } from '@hangtag/shared/errors.js';
import { type ReadCalendar, readEvents } from './ics.js';

export type ThreadAnswer = ReadCalendar | { readonly refusal: string };

parentPort?.postMessage(answerOf(workerData));

/** The class of an error does not survive the way between threads. */
function answerOf({ text, setting }: typeof workerData): ThreadAnswer {
  try {
    return readEvents(text, setting);
  } catch (error) {
    if (error instanceof InputError) return { refusal: error.message };
    throw error;
  }
}

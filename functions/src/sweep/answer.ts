/** The sweep over HTTP: what is asked, what is answered, and by which status. */
import { InputError } from '@hangtag/shared/errors.js';
import { standardLog } from '@hangtag/shared/log.js';
import { NoSuchBucket } from '@hangtag/shared/ports/object-store.js';
import { sweepCommand } from './command.js';
import { type SweepWatcher, sweep } from './handler.js';
import { sweepLine } from './outcome.js';
import type { SweepPorts } from './ports.js';
import { express } from './wish.js';

export interface Answer {
  readonly status: number;
  readonly answer: object;
}

/** @throws {TransientError} ask again later */
export async function answerSweep(body: unknown, ports: SweepPorts, defaultBucket: string): Promise<Answer> {
  try {
    const command = sweepCommand(body ?? {}, defaultBucket);
    if (command.kind === 'wish') {
      const state = await express(command, ports);
      return state === undefined ? NOTHING_TO_DO : { status: 200, answer: { outcome: state.status } };
    }
    const result = await sweep(command.request, ports, watchSweep);
    return { status: result.outcome === 'refused' ? 409 : 200, answer: sweepLine(result) };
  } catch (error) {
    // The narrower class first: a `NoSuchBucket` is an `InputError` too.
    if (error instanceof NoSuchBucket) return refusal(404, error);
    if (error instanceof InputError) return refusal(400, error);
    throw error;
  }
}

const NOTHING_TO_DO: Answer = { status: 409, answer: { outcome: 'nothing-to-do' } };

function refusal(status: number, { message }: Error): Answer {
  return { status, answer: { outcome: 'refused', because: message } };
}

/** Records that could not be put right are told one by one: the counts alone would not say which. */
export const watchSweep: SweepWatcher = {
  onFailure({ name, error }) {
    standardLog.error({ function: 'sweep', outcome: 'unrepaired', name, err: error });
  },
};

/** HTTP requests to the sweep, with their answers and status codes. */
import { InputError } from '@hangtag/shared/errors.js';
import { standardLog } from '@hangtag/shared/log.js';
import { NoSuchBucket } from '@hangtag/shared/ports/object-store.js';
import type { Answer, FunctionRequest } from '../platform/function-entry.js';
import { sweepCommand } from './command.js';
import { type SweepWatcher, sweep } from './handler.js';
import { sweepLine } from './outcome.js';
import type { SweepPorts } from './ports.js';
import { requestAction } from './request-action.js';

/** @throws {TransientError} the client may send the request again later */
export async function answerSweep(
  { method, body }: FunctionRequest,
  ports: SweepPorts,
  defaultBucket: string,
): Promise<Answer> {
  // A sweep writes, so a link, a crawler or a browser's prefetch must not start one.
  if (method !== 'POST') return refusal(405, `Expected POST but received ${method}`);
  if (!isObject(body))
    return refusal(400, 'Expected a JSON object, {} for a routine sweep, but received none');
  try {
    const command = sweepCommand(body, defaultBucket);
    if (command.kind === 'action') {
      const state = await requestAction(command, ports);
      return state === undefined ? NOTHING_TO_DO : { status: 200, body: { outcome: state.status } };
    }
    const result = await sweep(command.request, ports, watchSweep);
    return { status: result.outcome === 'refused' ? 409 : 200, body: sweepLine(result) };
  } catch (error) {
    // A `NoSuchBucket` is also an `InputError`, so it is checked first.
    if (error instanceof NoSuchBucket) return refusal(404, error.message);
    if (error instanceof InputError) return refusal(400, error.message);
    throw error;
  }
}

const NOTHING_TO_DO: Answer = { status: 409, body: { outcome: 'nothing-to-do' } };

function refusal(status: number, because: string): Answer {
  return { status, body: { outcome: 'refused', because } };
}

function isObject(body: unknown): body is object {
  return typeof body === 'object' && body !== null && !Buffer.isBuffer(body);
}

/** Logs each record that could not be repaired, with its name: the counts do not contain it. */
export const watchSweep: SweepWatcher = {
  onFailure({ name, error }) {
    standardLog.error({ function: 'sweep', outcome: 'unrepaired', name, err: error });
  },
};

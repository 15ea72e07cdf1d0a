/** From a handler's end to the platform's answer: return acknowledges, throw brings the event back. */
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import { standardLog } from '@hangtag/shared/log.js';
import type { Outcome } from './outcome.js';

export async function respond(name: string, work: () => Promise<Outcome>, log = standardLog): Promise<void> {
  const startedAt = performance.now();
  const elapsed = () => Math.round(performance.now() - startedAt);
  try {
    log.info({ function: name, ...(await work()), ms: elapsed() });
  } catch (error) {
    const line = { function: name, ms: elapsed(), err: error };
    if (error instanceof InputError) {
      log.error({ ...line, outcome: 'malformed' });
      return;
    }
    if (error instanceof TransientError) log.warn({ ...line, outcome: 'transient' });
    else log.error({ ...line, outcome: 'bug' });
    throw error;
  }
}

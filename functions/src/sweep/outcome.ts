import type { Outcome } from '../records/outcome.js';
import type { SweepOutcome } from './handler.js';

/** The log line of one run. */
export function sweepLine(result: SweepOutcome): Outcome {
  const { bucket, prefix, mode, pass, cursor, progress, costEstimate } = result.state;
  const because = 'because' in result ? { because: result.because } : {};
  return {
    outcome: result.outcome,
    ...because,
    bucket,
    prefix,
    mode,
    pass,
    cursor,
    ...progress,
    costEstimate,
  };
}

import {
  type CircuitPolicy,
  CLOSED,
  isCheckDue,
  onCheckFailed,
  onCheckPassed,
  onImage,
} from '../domain/circuit.js';
import { CrashError, ImageError, TransientError } from '../errors.js';
import type { Classifier } from '../ports/classifier.js';
import type { Clock } from '../ports/clock.js';

/** The model fails on its golden pictures, for the reason in `cause`. The image was not tried, so it can be deferred. */
export class CircuitOpen extends TransientError {}

export interface BreakerParts {
  /** Resolves if the model labels a golden picture correctly, otherwise throws. */
  readonly check: () => Promise<void>;
  readonly clock: Clock;
  readonly policy: CircuitPolicy;
}

/**
 * A classifier that refuses images while its model fails: see domain/circuit for the states. One check runs at a time, and
 * every image that needs its result waits for it.
 */
export function withCircuitBreaker(
  classifier: Classifier,
  { check, clock, policy }: BreakerParts,
): Classifier {
  let circuit = CLOSED;
  /** Why the last check failed. */
  let fault: unknown;
  let checking: Promise<void> | undefined;

  async function runCheck(): Promise<void> {
    try {
      await check().catch(again);
      circuit = onCheckPassed(clock.now());
    } catch (error) {
      // A full pool is not a fault of the model.
      if (error instanceof TransientError) return;
      fault = error;
      circuit = onCheckFailed(clock.now(), policy);
    }
  }

  /** A worker that ended during the check may have been killed for another reason, such as a lack of memory. */
  async function again(error: unknown): Promise<void> {
    if (!(error instanceof CrashError)) throw error;
    await check();
  }

  /** @throws {CircuitOpen} */
  async function requirePassedCheck(): Promise<void> {
    checking ??= runCheck().finally(() => {
      checking = undefined;
    });
    await checking;
    if (circuit.openUntil !== null) throw refusal(fault);
  }

  return {
    get model() {
      return classifier.model;
    },
    close: () => classifier.close(),
    async classify(image, options) {
      const decision = onImage(circuit, clock.now());
      if (decision === 'refuse') throw refusal(fault);
      if (decision === 'check') await requirePassedCheck();
      try {
        return await classifier.classify(image, options);
      } catch (error) {
        const isOfImage = error instanceof ImageError || error instanceof TransientError;
        if (!isOfImage && isCheckDue(circuit, clock.now(), policy)) await requirePassedCheck();
        throw error;
      }
    },
  };
}

function refusal(cause: unknown): CircuitOpen {
  return new CircuitOpen('Expected the model to label its golden picture but it failed', { cause });
}

/**
 * A classifier that is left alone once it fails more often than not. Only its own failures count: what is wrong with an
 * image is no reason to make others wait.
 */

import { type CircuitPolicy, CLOSED, onFailure, onSuccess, onTry } from '@hangtag/shared/domain/circuit.js';
import { ImageError, TransientError } from '@hangtag/shared/errors.js';
import type { Classifier } from '@hangtag/shared/ports/classifier.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';

/** Nothing was tried: the model failed too often lately. The image can wait. */
export class CircuitOpen extends TransientError {}

export function withCircuitBreaker(classifier: Classifier, clock: Clock, policy: CircuitPolicy): Classifier {
  let circuit = CLOSED;
  return {
    model: classifier.model,
    close: () => classifier.close(),
    async classify(image) {
      const attempt = onTry(circuit, clock.now(), policy);
      circuit = attempt.circuit;
      if (!attempt.isAllowed) throw new CircuitOpen('More than half of the last images failed in the model');
      try {
        const prediction = await classifier.classify(image);
        circuit = onSuccess(circuit, policy);
        return prediction;
      } catch (error) {
        if (!(error instanceof ImageError)) circuit = onFailure(circuit, clock.now(), policy);
        throw error;
      }
    },
  };
}

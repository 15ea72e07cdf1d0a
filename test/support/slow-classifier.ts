import type { Classifier, Prediction } from '@hangtag/shared/ports/classifier.js';
import { MODEL } from '../fixtures/records.js';
import { SURE } from './stage.js';

/** Keeps every picture until the test answers. */
export class SlowClassifier implements Classifier {
  readonly model = MODEL;
  readonly signals: (AbortSignal | undefined)[] = [];
  readonly #waiting: ((prediction: Prediction) => void)[] = [];

  classify(_: Uint8Array, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Prediction> {
    this.signals.push(signal);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  answerAll(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(SURE);
  }

  async close(): Promise<void> {}
}

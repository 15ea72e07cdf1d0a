/** Labels the pictures of requests with the model, the pool and the verdict of the pipeline, and counts what it did. */
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { judge, type ScoredLabel } from '@hangtag/shared/domain/verdict.js';
import type { ActiveModel } from '@hangtag/shared/ports/model-registry.js';
import type { App } from '../app/app.js';
import { Admission } from './admission.js';

export interface Labelled {
  readonly category: string;
  /** Calibrated probability, 0 to 1. */
  readonly confidence: number;
  /** Every label of the model, highest first. */
  readonly scores: readonly ScoredLabel[];
}

export interface Caller {
  readonly tenant: TenantId;
  /** Fires when the client disconnects. Pictures whose work has not begun are then skipped. */
  readonly signal: AbortSignal;
}

export class Predictor {
  readonly #app: Pick<App, 'models'>;
  readonly #admission = new Admission();
  #succeeded = 0;
  #failed = 0;

  constructor(app: Pick<App, 'models'>) {
    this.#app = app;
  }

  get counts() {
    return { succeeded: this.#succeeded, failed: this.#failed };
  }

  /** @throws {Refusal | Failure} */
  predict(picture: Uint8Array, caller: Caller): Promise<Labelled> {
    return this.#admission.run(1, () => this.#label(picture, caller));
  }

  /**
   * Each picture has its own outcome. They are labelled side by side, as many at a time as were admitted.
   *
   * @throws {Refusal} `busy`
   */
  predictAll(
    pictures: readonly Picture[],
    caller: Caller,
  ): Promise<readonly PromiseSettledResult<Labelled>[]> {
    const atOnce = Math.min(AT_ONCE, pictures.length);
    return this.#admission.run(atOnce, async () => {
      const { default: map } = await import('p-map');
      const label = async (open: Picture) => this.#label(open(), caller);
      return map(pictures, async (each) => (await Promise.allSettled([label(each)]))[0], {
        concurrency: atOnce,
      });
    });
  }

  async model(tenant: TenantId): Promise<ActiveModel> {
    return (await this.#app.models()).resolve(tenant);
  }

  /** Whether the model can label now. It does not wait for a model that loads. */
  async isReady(): Promise<boolean> {
    const ready = this.#app
      .models()
      .then((models) => models.ready())
      .then(
        () => true,
        () => false,
      );
    return Promise.race([ready, new Promise<false>((resolve) => setTimeout(resolve, READY_MS, false))]);
  }

  async #label(picture: Uint8Array, { tenant, signal }: Caller): Promise<Labelled> {
    try {
      signal.throwIfAborted();
      const { classifier, policy } = await this.model(tenant);
      const prediction = await classifier.classify(picture, { signal, yields: true });
      const { category, confidence } = judge(prediction, policy);
      this.#succeeded += 1;
      return { category, confidence, scores: prediction.scores };
    } catch (error) {
      this.#failed += 1;
      throw error;
    }
  }
}

/** Gives the bytes of a picture when its turn comes. @throws {Refusal} they cannot be read */
export type Picture = () => Uint8Array;

/** Pictures of one batch in work, so that a batch leaves room for others. */
const AT_ONCE = 8;
/** A model that has loaded answers within a few turns of the event loop. */
const READY_MS = 5;

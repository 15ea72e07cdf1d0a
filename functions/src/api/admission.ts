import { Refusal } from './refusal.js';

/** The most images of all requests, in work and in the queue: about two seconds of work for two cores. */
const MAX_IMAGES = 64;

/**
 * Admits images while the queue is short. A caller that is refused at once can go elsewhere or come back, which is better than
 * an answer after minutes.
 */
export class Admission {
  #images = 0;
  readonly #maxImages: number;

  constructor(maxImages = MAX_IMAGES) {
    this.#maxImages = maxImages;
  }

  /** @throws {Refusal} `busy` */
  async run<T>(images: number, work: () => Promise<T>): Promise<T> {
    if (this.#images + images > this.#maxImages) {
      throw new Refusal('busy', `Expected at most ${this.#maxImages} images at a time`, {
        'Retry-After': '1',
      });
    }
    this.#images += images;
    try {
      return await work();
    } finally {
      this.#images -= images;
    }
  }
}

/**
 * Controls of a review: every n-th picture is one whose category another person has chosen. The reviewer answers it like any other, and
 * the answer changes no label: administrators see how often the answers of a reviewer agree.
 */
import { type ReadonlySignal, signal } from '@preact/signals';
import { type Image, keyOf } from './image.js';

export class Controls {
  /** The control that is shown instead of the next picture. */
  readonly current: ReadonlySignal<Image | undefined>;
  readonly #current = signal<Image | undefined>(undefined);
  readonly #pool: Image[];
  readonly #every: number;
  #answers = 0;

  /**
   * @param pool images whose category another person has chosen, each of which is shown once
   * @param every 2 or more; of so many pictures, one is a control
   * @param random 0 to 1
   */
  constructor(pool: readonly Image[], every: number, random: () => number = Math.random) {
    this.current = this.#current;
    this.#every = every;
    this.#pool = pool
      .map((image) => ({ image, order: random() }))
      .toSorted((a, b) => a.order - b.order)
      .map(({ image }) => image);
  }

  /** To be called after each answer to a picture that is no control. */
  onAnswer(): void {
    this.#answers += 1;
    if (this.#answers % (this.#every - 1) === 0) this.#current.value = this.#pool.shift();
  }

  /** The answer to it was taken back. */
  showAgain(image: Image): void {
    this.#current.value = image;
  }

  /** The control was answered or skipped. */
  onDone(image: Image): void {
    if (this.#current.value !== undefined && keyOf(this.#current.value) === keyOf(image))
      this.#current.value = undefined;
  }
}

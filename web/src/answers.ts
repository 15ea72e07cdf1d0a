/**
 * The answers of a reviewer. An answer is sent with the next one, or after some seconds: until then it can be taken back
 * without a trace. Firestore keeps what is sent while there is no connection, and sends it later.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { failureOf, isRefused } from './attempt.js';
import { type Image, keyOf } from './image.js';

const UNDO_MS = 5_000;

type Save = (image: Image, category: string) => Promise<void>;

interface Answer {
  readonly images: readonly Image[];
  readonly category: string;
  readonly save: Save;
  onUndo(): void;
}

export type AnswerState =
  | { readonly kind: 'none' }
  /** `pending` can be taken back, `sent` is on its way, `saved` is in Firestore. */
  | { readonly kind: 'pending' | 'sent' | 'saved'; readonly category: string }
  /** `why`: `refused` by the rules of Firestore, or a message. */
  | { readonly kind: 'failed'; readonly why: string };

export class Answers {
  readonly state = signal<AnswerState>({ kind: 'none' });
  /** What is still to review, skipped images last. */
  readonly queue: ReadonlySignal<readonly Image[]>;
  /** How many of them were not skipped. */
  readonly fresh: ReadonlySignal<number>;
  readonly #save: Save;
  readonly #answered = signal<ReadonlySet<string>>(new Set());
  readonly #skipped = signal<readonly string[]>([]);
  #pending: Answer | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(held: ReadonlySignal<readonly Image[]>, save: Save) {
    this.#save = save;
    this.queue = computed(() => {
      const open = held.value.filter((image) => !this.isAnswered(image));
      const order = this.#skipped.value;
      return open.toSorted((a, b) => order.indexOf(keyOf(a)) - order.indexOf(keyOf(b)));
    });
    this.fresh = computed(
      () => this.queue.value.filter((image) => !this.#skipped.value.includes(keyOf(image))).length,
    );
  }

  isAnswered(image: Image): boolean {
    return this.#answered.value.has(keyOf(image));
  }

  /** One answer for one image, or for several that are alike. A control is saved in another way than the others. */
  answer(
    images: readonly Image[],
    category: string,
    { save = this.#save, onUndo = () => {} }: Partial<Pick<Answer, 'save' | 'onUndo'>> = {},
  ): void {
    this.flush();
    this.#answered.value = new Set([...this.#answered.value, ...images.map(keyOf)]);
    this.#pending = { images, category, save, onUndo };
    this.state.value = { kind: 'pending', category };
    this.#timer = setTimeout(() => this.flush(), UNDO_MS);
  }

  skip(image: Image): void {
    const key = keyOf(image);
    this.#skipped.value = [...this.#skipped.value.filter((other) => other !== key), key];
  }

  /** The image that was skipped last is shown again. */
  back(): void {
    this.#skipped.value = this.#skipped.value.slice(0, -1);
  }

  /** Takes back the last answer if it has not been sent. */
  undo(): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    clearTimeout(this.#timer);
    this.#pending = undefined;
    this.#reopen(pending.images);
    pending.onUndo();
    this.state.value = { kind: 'none' };
  }

  /** Sends the answer that waits. */
  flush(): void {
    clearTimeout(this.#timer);
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    const { images, category, save } = pending;
    const sent: AnswerState = { kind: 'sent', category };
    this.state.value = sent;
    const saves = images.map(async (image) => {
      try {
        await save(image, category);
      } catch (error) {
        this.#reopen([image]);
        this.state.value = { kind: 'failed', why: isRefused(error) ? 'refused' : failureOf(error).text };
      }
    });
    void Promise.all(saves).then(() => {
      // Unless another answer was given meanwhile, or this one failed.
      if (this.state.value === sent) this.state.value = { kind: 'saved', category };
    });
  }

  #reopen(images: readonly Image[]): void {
    const reopened = new Set(images.map(keyOf));
    this.#answered.value = new Set([...this.#answered.value].filter((key) => !reopened.has(key)));
  }
}

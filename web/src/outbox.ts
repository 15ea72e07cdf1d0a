import { objectOf, textOf } from './image.js';

/**
 * Answers that Firestore has not confirmed yet. They are in the storage of the browser, so they are sent later also if the
 * page was closed without a connection.
 */
export interface Waiting {
  readonly id: string;
  readonly generation: string;
  readonly category: string;
  /** The image needs the same answer of two people. */
  readonly isDouble?: boolean;
}

export class Outbox {
  readonly #key: string;
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'>;

  constructor(
    { tenant, uid }: { readonly tenant: string; readonly uid: string },
    storage: Pick<Storage, 'getItem' | 'setItem'> = localStorage,
  ) {
    this.#key = `hangtag/outbox/${tenant}/${uid}`;
    this.#storage = storage;
  }

  get waiting(): readonly Waiting[] {
    try {
      const parsed: unknown = JSON.parse(this.#storage.getItem(this.#key) ?? '[]');
      return Array.isArray(parsed) ? parsed.filter(isWaiting) : [];
    } catch {
      return [];
    }
  }

  /** Keeps an answer until it was sent, or refused. @throws what `send` throws */
  async send(answer: Waiting, send: (answer: Waiting) => Promise<void>): Promise<void> {
    const others = () => this.waiting.filter(({ id }) => id !== answer.id);
    this.#write([...others(), answer]);
    try {
      await send(answer);
      this.#write(others());
    } catch (error) {
      if (!isAway(error)) this.#write(others());
      throw error;
    }
  }

  #write(waiting: readonly Waiting[]): void {
    try {
      this.#storage.setItem(this.#key, JSON.stringify(waiting));
    } catch {
      // Storage is full or forbidden: the answer is sent all the same.
    }
  }
}

/** Another version of the page may have written something else. */
function isWaiting(value: unknown): value is Waiting {
  const answer = objectOf(value);
  return ['id', 'generation', 'category'].every((name) => textOf(answer?.[name]) !== null);
}

/** Firestore could not be reached: the answer can be sent later. */
function isAway(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'unavailable';
}

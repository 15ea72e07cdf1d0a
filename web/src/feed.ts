/**
 * The images of the wall, newest first. A listener has the newest ones; older ones are read page by page when one scrolls,
 * and stay as they were read. Changes are applied some at a time: at fifty a second, each redraw costs more than it shows.
 */
import { signal } from '@preact/signals';
import type { Backend } from './backend.js';
import type { Filter } from './filter.js';
import type { Image } from './image.js';

export type FeedState = 'connecting' | 'live' | 'away' | 'denied' | `error: ${string}`;

export const LIVE_IMAGES = 200;
/** A page of older images is as large as what is known: who scrolls far waits for few pages. The rules permit no larger one. */
const MOST_IN_PAGE = 1_000;
const REDRAW_MS = 100;
/** After a page of older images could not be read. */
const RETRY_MS = 2_000;

export class Feed {
  readonly images = signal<readonly Image[]>([]);
  readonly state = signal<FeedState>('connecting');
  /** Firestore may have older images. */
  readonly hasOlder = signal(false);
  readonly #known = new Map<string, Image>();
  readonly #filter: Filter;
  readonly #backend: Pick<Backend, 'listenToNewest' | 'readOlder'>;
  readonly #stop: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;

  constructor(backend: Pick<Backend, 'listenToNewest' | 'readOlder'>, filter: Filter) {
    this.#backend = backend;
    this.#filter = filter;
    this.#stop = backend.listenToNewest(filter, {
      count: LIVE_IMAGES,
      onChanges: ({ changed, removed, oldest, isFromCache }) => {
        if (oldest !== undefined && !this.#known.has(oldest.id)) this.#readAgainBelow(oldest);
        for (const image of changed) this.#known.set(image.id, image);
        for (const id of removed) this.#known.delete(id);
        this.state.value = isFromCache ? (this.#known.size === 0 ? 'connecting' : 'away') : 'live';
        this.#redrawSoon();
      },
      onError: (code) => {
        this.state.value = code === 'permission-denied' ? 'denied' : `error: ${code}`;
      },
    });
  }

  /** Reads the next page of older images, if there is one. */
  async readOlder(): Promise<void> {
    const oldest = this.images.value.at(-1);
    if (this.#isReading || !this.hasOlder.value || oldest === undefined) return;
    this.#isReading = true;
    try {
      const count = Math.min(MOST_IN_PAGE, Math.max(LIVE_IMAGES, this.#known.size));
      const older = await this.#backend.readOlder(this.#filter, oldest, count);
      if (!this.#known.has(oldest.id)) return;
      for (const image of older) if (!this.#known.has(image.id)) this.#known.set(image.id, image);
      this.hasOlder.value = older.length === count;
      this.#redrawSoon();
    } catch {
      // For example without a connection. Somebody who has scrolled to the end cannot scroll to ask again.
      clearTimeout(this.#retry);
      this.#retry = setTimeout(() => void this.readOlder(), RETRY_MS);
    } finally {
      this.#isReading = false;
    }
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#timer);
    clearTimeout(this.#retry);
  }

  /** More images than the listener has came at once: some below its oldest one are not known. They are read when one scrolls. */
  #readAgainBelow({ uploadedAt }: Image): void {
    for (const [id, known] of this.#known) if (known.uploadedAt < uploadedAt) this.#known.delete(id);
    this.hasOlder.value = true;
  }

  #redrawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.images.value = [...this.#known.values()].sort((a, b) => b.uploadedAt - a.uploadedAt);
    }, REDRAW_MS);
  }
}

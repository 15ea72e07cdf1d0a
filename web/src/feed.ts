/**
 * The images of the wall, newest first. A listener has the newest ones; older ones are read page by page when one scrolls,
 * and stay as they were read. Changes are applied some at a time: at fifty a second, each redraw costs more than it shows.
 */
import { signal } from '@preact/signals';
import type { Backend } from './backend.js';
import type { Filter } from './filter.js';
import type { Image } from './image.js';

export type FeedState = 'connecting' | 'live' | 'away' | 'denied' | `error: ${string}`;

/** Also the size of a page of older images. */
export const LIVE_IMAGES = 200;
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
  #hasListened = false;

  constructor(backend: Pick<Backend, 'listenToNewest' | 'readOlder'>, filter: Filter) {
    this.#backend = backend;
    this.#filter = filter;
    this.#stop = backend.listenToNewest(filter, {
      count: LIVE_IMAGES,
      onChanges: (changed, removed, isFromCache) => {
        for (const image of changed) this.#known.set(image.id, image);
        for (const id of removed) this.#known.delete(id);
        if (!this.#hasListened) this.hasOlder.value = this.#known.size >= LIVE_IMAGES;
        this.#hasListened ||= !isFromCache;
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
      const older = await this.#backend.readOlder(this.#filter, oldest.id, LIVE_IMAGES);
      for (const image of older) if (!this.#known.has(image.id)) this.#known.set(image.id, image);
      this.hasOlder.value = older.length === LIVE_IMAGES;
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

  #redrawSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.images.value = [...this.#known.values()].sort((a, b) => b.uploadedAt - a.uploadedAt);
    }, REDRAW_MS);
  }
}

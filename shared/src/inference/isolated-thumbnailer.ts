import { decodeDemand } from '../imaging/decode-cost.js';
import { THUMBNAIL_LIMITS } from '../imaging/limits.js';
import type { Thumbnailer } from '../ports/thumbnailer.js';
import { type ClassifierPool, startPool } from './isolation/pool.js';

type ThumbnailPool = ClassifierPool<Uint8Array>;

/**
 * Makes thumbnails in a child process with limits of time and memory. It is started for the first one, and again after `close` or
 * if it could not be started.
 */
export class IsolatedThumbnailer implements Thumbnailer {
  readonly #start: () => Promise<ThumbnailPool>;
  #pool: Promise<ThumbnailPool> | undefined;

  constructor(start = startThumbnailPool) {
    this.#start = start;
  }

  async thumbnail(image: Uint8Array): Promise<Uint8Array> {
    this.#pool ??= this.#start().catch((error: unknown) => {
      this.#pool = undefined;
      throw error;
    });
    return (await this.#pool).classify(image);
  }

  async close(): Promise<void> {
    const pool = await this.#pool?.catch(() => undefined);
    this.#pool = undefined;
    await pool?.close();
  }
}

function startThumbnailPool(): Promise<ThumbnailPool> {
  return startPool<Uint8Array>({
    entry: new URL('./isolation/thumbnail-entry.js', import.meta.url),
    name: 'thumbnails',
    start: { settings: {}, maxRetainedBytes: 48_000_000 },
    workers: 1,
    maxQueued: 1,
    maxQueuedBytes: THUMBNAIL_LIMITS.maxBytes,
    memoryBudgetBytes: THUMBNAIL_LIMITS.maxDecodeBytes,
    maxStartBytes: 200_000_000,
    demandOf: (image) => decodeDemand(image, THUMBNAIL_LIMITS),
    timeLimitMs: 1_900,
    startTimeLimitMs: 30_000,
  });
}

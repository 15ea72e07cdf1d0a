import type { Thumbnailer } from '../ports/thumbnailer.js';
import { type ClassifierPool, startPool } from './isolation/pool.js';

/**
 * The report's function has 512 MiB. Its own process takes up to 220 MiB with the largest picture, so a picture that
 * needs more than this to be decoded has no thumbnail.
 */
const MAX_RSS_BYTES = 200 * 1024 * 1024;

/** Makes thumbnails in a child process with limits of time and memory. It is started for the first one, and again after `close`. */
export class IsolatedThumbnailer implements Thumbnailer {
  #pool: Promise<ClassifierPool<Uint8Array>> | undefined;

  async thumbnail(image: Uint8Array): Promise<Uint8Array> {
    this.#pool ??= startThumbnailPool();
    return (await this.#pool).classify(image);
  }

  async close(): Promise<void> {
    const pool = await this.#pool?.catch(() => undefined);
    this.#pool = undefined;
    await pool?.close();
  }
}

function startThumbnailPool(): Promise<ClassifierPool<Uint8Array>> {
  return startPool<Uint8Array>({
    entry: new URL('./isolation/thumbnail-entry.js', import.meta.url),
    start: { settings: {}, maxRssBytes: MAX_RSS_BYTES },
    workers: 1,
    maxQueued: 1,
    timeLimitMs: 1_900,
    startTimeLimitMs: 30_000,
  });
}

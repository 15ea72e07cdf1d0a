/** Faults of the bucket server. A fault is set in `Faults.now` and lasts until it is reset. The server calls the three hooks. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerHooks } from '@hangtag/emulators/bucket/server.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';

export interface FaultSettings {
  /** The number of next requests that are answered 503. */
  failNext: number;
  /** The probability that a request is answered 503. */
  failProbability: number;
  /** The number of next downloads that are cut after half of their bytes. */
  cutNextDownloads: number;
  /** The wait before each request is handled. */
  delayMs: number;
  /** Every write fails as it does on a full disk. */
  diskFull: boolean;
}

export class Faults implements ServerHooks {
  readonly now: FaultSettings = {
    failNext: 0,
    failProbability: 0,
    cutNextDownloads: 0,
    delayMs: 0,
    diskFull: false,
  };
  readonly #random: () => number;

  constructor(seed = 1) {
    this.#random = mulberry32(seed);
  }

  readonly beforeRequest = async (request: IncomingMessage, response: ServerResponse): Promise<boolean> => {
    if (this.now.delayMs > 0) await delay(this.now.delayMs, undefined, { ref: false });
    const isCounted = this.now.failNext > 0;
    if (isCounted) this.now.failNext -= 1;
    if (!isCounted && this.#random() >= this.now.failProbability) return false;
    request.resume();
    const message = 'Service unavailable (an injected fault)';
    const body = {
      error: { code: 503, message, errors: [{ domain: 'global', reason: 'backendError', message }] },
    };
    response.writeHead(503, { 'content-type': 'application/json; charset=UTF-8' }).end(JSON.stringify(body));
    return true;
  };

  readonly onDownload = (bytes: number): Transform | undefined => {
    if (this.now.cutNextDownloads === 0) return undefined;
    this.now.cutNextDownloads -= 1;
    return cutAfter(Math.floor(bytes / 2));
  };

  readonly beforeDiskWrite = (): void => {
    if (this.now.diskFull)
      throw Object.assign(new Error('ENOSPC: no space left (an injected fault)'), { code: 'ENOSPC' });
  };
}

function cutAfter(bytes: number): Transform {
  let left = bytes;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      this.push(chunk.subarray(0, left));
      left -= chunk.length;
      // In the next turn, so that the first half is sent before the connection closes.
      if (left < 0)
        setImmediate(() =>
          this.destroy(new Error('Download cut after half of the bytes (an injected fault)')),
        );
      else done();
    },
  });
}

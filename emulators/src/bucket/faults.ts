/**
 * Faults on demand, for tests: each is set by assigning to `Faults.now` and lasts until it is set back. The server
 * calls the three hooks and knows nothing else of this file.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';

/** Where a server lets faults in. */
export interface ServerHooks {
  /** Before a request is looked at; true means that the hook answered it. */
  readonly beforeRequest?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  /** A stage for a download of that many bytes to pass through. */
  readonly onDownload?: (bytes: number) => Transform | undefined;
  /** Before that many bytes go to the disk; what it throws is what the write throws. */
  readonly beforeDiskWrite?: (bytes: number) => void;
}

export interface FaultSettings {
  /** So many requests from now on are answered 503. */
  failNext: number;
  /** The share of requests that is answered 503. */
  failProbability: number;
  /** So many downloads from now on break off after half of their bytes. */
  cutNextDownloads: number;
  /** How long every request waits before it is looked at. */
  delayMs: number;
  /** Every write fails as on a full disk. */
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
      // A turn later, so that the first half is on its way before the connection breaks.
      if (left < 0) setImmediate(() => this.destroy(new Error('Download cut half way (an injected fault)')));
      else done();
    },
  });
}

/** A bucket server on a free port with its own directory, and a client for it. */

import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { type Bucket, Storage } from '@google-cloud/storage';
import {
  type BucketServer,
  type BucketServerOptions,
  startBucketServer,
} from '@hangtag/emulators/bucket/server.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

export interface BucketFixture {
  readonly server: BucketServer;
  readonly storage: Storage;
  readonly bucket: Bucket;
  readonly dataDir: string;
}

export async function startBucketFixture(options: Partial<BucketServerOptions> = {}): Promise<BucketFixture> {
  const dataDir = options.dataDir ?? temporaryDirectory();
  const server = await startBucketServer({ ...options, dataDir });
  const storage = clientOf(server.url);
  const bucket = storage.bucket('inbox');
  const [exists] = await bucket.exists();
  if (!exists) await bucket.create();
  return { server, storage, bucket, dataDir };
}

export async function stopBucketFixture({ server }: BucketFixture): Promise<void> {
  await server.close();
}

/** The client reads STORAGE_EMULATOR_HOST once, in its constructor. */
export function clientOf(url: string): Storage {
  const before = process.env['STORAGE_EMULATOR_HOST'];
  process.env['STORAGE_EMULATOR_HOST'] = url;
  try {
    return new Storage({ projectId: 'test', retryOptions: { autoRetry: false } });
  } finally {
    if (before === undefined) delete process.env['STORAGE_EMULATOR_HOST'];
    else process.env['STORAGE_EMULATOR_HOST'] = before;
  }
}

/** The HTTP status of a failed call, or 200. (The error of a resumable upload has it in `status`.) */
export async function statusOf(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    const { code, status } = error as { code?: unknown; status?: unknown };
    return Number(code ?? status);
  }
}

export interface ReceivedEvent {
  readonly headers: IncomingHttpHeaders;
  readonly body: Readonly<Record<string, unknown>>;
}

/** An HTTP server that records events and answers with the status from `status`. */
export interface EventTarget {
  readonly url: string;
  readonly received: ReceivedEvent[];
  /** The highest number of requests at the same time. */
  readonly mostAtOnce: () => number;
  readonly close: () => Promise<void>;
}

export async function startEventTarget(status: (index: number) => number = () => 204): Promise<EventTarget> {
  const received: ReceivedEvent[] = [];
  let running = 0;
  let mostAtOnce = 0;
  const server: Server = createServer(async (request, response) => {
    running += 1;
    mostAtOnce = Math.max(mostAtOnce, running);
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    received.push({ headers: request.headers, body: JSON.parse(Buffer.concat(chunks).toString()) });
    const answer = status(received.length - 1);
    // In the next turn, so that requests can overlap.
    await setImmediate();
    response.writeHead(answer).end();
    running -= 1;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('Expected a port');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${address.port}/`, received, mostAtOnce: () => mostAtOnce, close };
}

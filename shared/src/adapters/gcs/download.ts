import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import type { Storage } from '@google-cloud/storage';
import { Gaxios, type GaxiosOptions, type GaxiosPromise, type GaxiosResponse } from 'gaxios';
import pRetry from 'p-retry';
import type { ObjectVersion } from '../../domain/identity.js';
import { ImageError, TransientError } from '../../errors.js';
import { HTTP, isPassing } from './http-outcome.js';

/** The longest wait for the first bytes of a download, retries included. */
const FIRST_BYTES_MS = 20_000;
/** The longest wait between bytes of a download. */
const SILENCE_MS = 5_000;
const MS_PER_SECOND = 1_000;

export interface DownloadLimits {
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Download {
  /** As stored: nothing is decompressed. */
  readonly content: Buffer;
  readonly isGzip: boolean;
}

/**
 * The HTTP library of Google's clients, for the proxy that the environment names. Node makes the requests, because node-fetch 2, which
 * does so by default, sorts all headers again for each one that is read.
 */
const gaxios = new Gaxios({ adapter: get, validateStatus: () => true });

/**
 * Reads one object with the authentication and the retries of `storage`. `createReadStream` of the client of Cloud Storage passes
 * its bytes through several streams: docs/performance.md has what this costs.
 *
 * @returns undefined if the generation does not exist
 * @throws {ImageError} too-many-bytes: the rest is not read
 * @throws {TransientError} `signal` was aborted
 * @throws {Error} an answer that is not a success, with its status in `code`; no answer; damaged content
 */
export async function download(
  storage: Storage,
  version: ObjectVersion,
  { maxBytes, signal }: DownloadLimits,
): Promise<Download | undefined> {
  const { name } = version;
  const ending = new AbortController();
  const giveUp = () => ending.abort(new TransientError(`Gave up reading ${name}`, { cause: signal?.reason }));
  const failAfter = (ms: number) =>
    setTimeout(
      () => ending.abort(new Error(`Expected bytes of ${name} within ${ms} ms but received none`)),
      ms,
    );
  if (signal?.aborted) giveUp();
  signal?.addEventListener('abort', giveUp, { once: true });
  let silence = failAfter(FIRST_BYTES_MS);
  try {
    const { headers, data } = await request(storage, version, ending.signal);
    clearTimeout(silence);
    silence = failAfter(SILENCE_MS);
    const content = await collect(data, { name, maxBytes, onBytes: () => silence.refresh() });
    assertChecksum(content, headers, { storage, name });
    return { content, isGzip: headers['content-encoding'] === 'gzip' };
  } catch (error) {
    if (error instanceof RefusedRead && error.code === HTTP.notFound) return undefined;
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    clearTimeout(silence);
    signal?.removeEventListener('abort', giveUp);
  }
}

/** @returns the answer as soon as it has begun; its data are an `IncomingMessage` */
function get(config: GaxiosOptions): GaxiosPromise {
  const { agent: agentOf, headers, signal } = config;
  const url = new URL(config.url ?? '');
  const agent = typeof agentOf === 'function' ? agentOf(url) : agentOf;
  const { get: send } = url.protocol === 'https:' ? https : http;
  return new Promise((resolve, reject) => {
    const request = send(url, { agent, headers, signal }, (data) => {
      const { statusCode: status = 0, statusMessage: statusText = '', headers } = data;
      resolve({ config, data, status, statusText, headers, request: { responseURL: url.href } });
    });
    request.on('error', reject);
  });
}

type Answer = Pick<GaxiosResponse<IncomingMessage>, 'headers' | 'data'>;

/** With its status where errors of the client have it. */
class RefusedRead extends Error {
  constructor(readonly code: number) {
    super(`Expected an object but the bucket answered ${code}`);
  }
}

function request(storage: Storage, version: ObjectVersion, signal: AbortSignal): Promise<Answer> {
  const { autoRetry, maxRetries = 0, maxRetryDelay = 0 } = storage.retryOptions;
  return pRetry(
    async () => {
      const url = urlOf(storage, version);
      const answer = await gaxios.request<IncomingMessage>({
        url,
        headers: await headersFor(storage, url),
        signal,
      });
      if (answer.status === HTTP.ok) return answer;
      // To its end, so that the connection can be used again.
      answer.data.resume();
      throw new RefusedRead(answer.status);
    },
    {
      retries: autoRetry ? maxRetries : 0,
      maxTimeout: maxRetryDelay * MS_PER_SECOND,
      shouldRetry: ({ error }) => isPassing(error),
      signal,
    },
  );
}

function urlOf({ baseUrl }: Storage, { bucket, name, generation }: ObjectVersion): string {
  const path = `b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  return `${baseUrl}/${path}?alt=media&generation=${generation}`;
}

async function headersFor(storage: Storage, url: string): Promise<Record<string, string>> {
  const { authClient, customEndpoint, useAuthWithCustomEndpoint = false } = storage;
  const isOpen = customEndpoint && !useAuthWithCustomEndpoint;
  return {
    ...(isOpen ? {} : await authClient.getRequestHeaders(url)),
    // Without it, Cloud Storage decompresses objects that are stored with gzip.
    'accept-encoding': 'gzip',
  };
}

interface Receiving {
  readonly name: string;
  readonly maxBytes: number;
  readonly onBytes: () => void;
}

/** @throws {ImageError} too-many-bytes */
async function collect(stream: Readable, { name, maxBytes, onBytes }: Receiving): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream) {
    onBytes();
    length += chunk.length;
    if (length > maxBytes) {
      throw new ImageError(
        'too-many-bytes',
        `Expected at most ${maxBytes} bytes for ${name} but received more`,
      );
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

/** The header has the CRC32C of the stored bytes. @throws {Error} these are others */
function assertChecksum(
  content: Buffer,
  headers: Answer['headers'],
  { storage, name }: { readonly storage: Storage; readonly name: string },
): void {
  const stored = headers['x-goog-stored-content-encoding'];
  if (stored !== (headers['content-encoding'] ?? 'identity')) return;
  const [, expected = ''] = /crc32c=([^,]*)/.exec(headers['x-goog-hash']) ?? [];
  const checksum = storage.crc32cGenerator();
  checksum.update(content);
  if (!checksum.validate(expected))
    throw new Error(`Expected the CRC32C ${expected} for ${name} but received other bytes`);
}

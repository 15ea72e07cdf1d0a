/** One request and its answer, with what every handler needs of the server. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import { invalid, tooLarge } from './api-error.js';
import type { BucketStore } from './bucket-store.js';
import type { ContentFiles } from './content-files.js';
import type { ResumableSessions } from './resumable-sessions.js';
import type { ObjectStore } from './store.js';

const MAX_JSON_BYTES = 1024 * 1024;
/** They say by themselves that no body follows. */
const BODILESS_STATUSES = new Set([204, 304]);

export interface ServerParts {
  readonly buckets: BucketStore;
  readonly objects: ObjectStore;
  readonly contents: ContentFiles;
  readonly sessions: ResumableSessions;
  readonly maxObjectBytes: number;
  /** Where this server is reached, without a trailing slash. */
  readonly baseUrl: () => string;
  readonly nowMs: () => number;
  /** A stage for a download of that many bytes to pass through, for fault tests. */
  readonly onDownload?: ((bytes: number) => Transform | undefined) | undefined;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: URLSearchParams;
  readonly server: ServerParts;
}

export function sendJson({ response, request }: Exchange, status: number, body: object): void {
  const bytes = Buffer.from(JSON.stringify(body));
  response.writeHead(status, {
    'content-type': 'application/json; charset=UTF-8',
    'content-length': bytes.length,
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

export function sendEmpty(
  { response }: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = BODILESS_STATUSES.has(status) ? {} : { 'content-length': 0 };
  response.writeHead(status, { ...headers, ...length }).end();
}

/** An empty body is an empty object. @throws {ApiError} 400: not a JSON object; 413 */
export async function readJson({ request }: Exchange): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bodyOf(request)) {
    bytes += chunk.length;
    if (bytes > MAX_JSON_BYTES) throw tooLarge(MAX_JSON_BYTES);
    chunks.push(chunk);
  }
  if (bytes === 0) return {};
  try {
    const value: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    if (isJsonObject(value)) return value;
  } catch (error) {
    throw invalid('Expected a JSON object for body', { cause: error });
  }
  throw invalid('Expected a JSON object for body');
}

/** The body's bytes. Leaving the loop early keeps the connection, so that the refusal can still be sent. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

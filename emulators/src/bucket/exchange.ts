/** One request and its answer, with the parts of the server that handlers need. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type ApiError, errorBody, errorXml, invalid, tooLarge } from './api-error.js';
import type { BucketStore } from './bucket-store.js';
import type { ContentFiles } from './content-files.js';
import type { ObjectRecord } from './record.js';
import type { Api } from './request-path.js';
import { objectResource } from './resource.js';
import type { ResumableSessions } from './resumable-sessions.js';
import type { ObjectStore } from './store.js';

const MAX_JSON_BYTES = 1024 * 1024;
/** An answer with one of these statuses has no body. */
const BODILESS_STATUSES = new Set([204, 304]);

export interface ServerParts {
  readonly buckets: BucketStore;
  readonly objects: ObjectStore;
  readonly contents: ContentFiles;
  readonly sessions: ResumableSessions;
  readonly maxObjectBytes: number;
  /** The server's address without a trailing slash. */
  readonly baseUrl: () => string;
  readonly nowMs: () => number;
  /** The project that tokens of Firebase Auth must be for. Without it, any. */
  readonly projectId?: string | undefined;
  /** For fault tests: a stream that a download of this many bytes passes through. */
  readonly onDownload?: ((bytes: number) => Transform | undefined) | undefined;
}

export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly params: URLSearchParams;
  readonly server: ServerParts;
}

export function sendJson(exchange: Exchange, status: number, body: object): void {
  sendText(exchange, status, { type: 'application/json', text: JSON.stringify(body) });
}

/** The object's resource with status 200. */
export function sendObject(exchange: Exchange, record: ObjectRecord): void {
  sendJson(exchange, 200, objectResource(record, exchange.server.baseUrl()));
}

export function sendEmpty(
  { response }: Exchange,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  const length = BODILESS_STATUSES.has(status) ? {} : { 'content-length': 0 };
  response.writeHead(status, { ...headers, ...length }).end();
}

/** Answers with an error in the format of the API. When an answer has already begun, it closes the connection. */
export function sendError(exchange: Exchange, error: ApiError, api: Api['kind']): void {
  const { response } = exchange;
  // A closed connection cannot be mistaken for a complete answer.
  if (response.headersSent || response.destroyed) response.destroy();
  else if (error.status === 304) sendEmpty(exchange, 304);
  else if (api !== 'xml') sendJson(exchange, error.status, errorBody(error));
  else sendText(exchange, error.status, { type: 'application/xml', text: errorXml(error) });
}

export function sendText(
  { response, request }: Exchange,
  status: number,
  { type, text }: { readonly type: string; readonly text: string },
): void {
  const bytes = Buffer.from(text);
  response.writeHead(status, { 'content-type': `${type}; charset=UTF-8`, 'content-length': bytes.length });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** An empty body is an empty object. @throws {ApiError} 400: the body is not a JSON object; 413 */
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

/**
 * The bytes of the body, decoded if the request is gzip-encoded, as `gcloud storage cp --gzip-in-flight` sends it.
 *
 * @throws {ApiError} 400: the body is not gzip. Thrown while the body is read
 */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.headers['content-encoding'] === 'gzip' ? gunzipped(rawBodyOf(request)) : rawBodyOf(request);
}

/** The bytes as they were sent. A loop that ends early keeps the connection open, so that an error can still be sent. */
export function rawBodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

async function* gunzipped(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const gunzip = createGunzip();
  // An error of the source also ends the loop below.
  pipeline(source, gunzip).catch(() => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    if (!isGzipError(error)) throw error;
    throw invalid('Expected a gzip body for content-encoding gzip', { cause: error });
  } finally {
    gunzip.destroy();
  }
}

function isGzipError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_');
}

function isJsonObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

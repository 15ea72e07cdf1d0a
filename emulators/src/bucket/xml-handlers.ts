/**
 * `GET`, `HEAD`, `PUT`, `POST` and `DELETE /BUCKET/NAME`, for `curl` and signed URLs (forms: form/handler.ts). The expiry of a signed URL is checked, and that
 * the request has the signed headers. Its signature is not, because the server accepts requests without credentials.
 * Source: https://cloud.google.com/storage/docs/xml-api/reference-methods
 */

import type { IncomingHttpHeaders } from 'node:http';
import { ApiError, invalid, notImplemented } from './api-error.js';
import { sendContent } from './download.js';
import { type Exchange, rawBodyOf, sendEmpty } from './exchange.js';
import { settingsFromHeaders } from './metadata.js';
import { parseObjectName } from './names.js';
import { assertReadable, parseGenerationParam, preconditionsFromHeaders } from './preconditions.js';
import { etagOf } from './resource.js';
import { addressOf, cancelSession, continueSession } from './resumable.js';
import type { ObjectPath } from './rewrite.js';
import type { ObjectRef } from './store.js';
import { storeUpload, withDefaults } from './upload.js';

/** @throws {ApiError} as the JSON API; 400: a signed URL has expired, or one of its headers is missing. */
export async function handleXml(exchange: Exchange, path: ObjectPath): Promise<void> {
  const { request, params, server } = exchange;
  if (params.has('X-Goog-Signature')) {
    assertNotExpired(params, server.nowMs());
    assertHasSignedHeaders(params, request.headers);
  }
  const uploadId = params.get('upload_id');
  if (uploadId !== null) return handleSession(exchange, uploadId);
  const preconditions = preconditionsFromHeaders(request.headers);
  const ref = { ...path, generation: parseGenerationParam(params), preconditions };
  switch (request.method) {
    case 'GET':
    case 'HEAD': {
      const record = server.objects.get(ref);
      assertReadable(preconditions, record);
      return sendContent(exchange, record);
    }
    case 'PUT': {
      const target = { bucket: path.bucket, name: parseObjectName(path.name), preconditions };
      const settings = withDefaults(settingsFromHeaders(request.headers), new URLSearchParams());
      const record = await storeUpload(exchange, {
        target,
        settings,
        // Here content-encoding describes the object, so the bytes are stored as they are.
        content: rawBodyOf(request),
        expected: {},
        ...sizeLimitsOf(request.headers),
      });
      return sendEmpty(exchange, 200, { etag: etagOf(record), 'x-goog-generation': record.generation });
    }
    case 'POST':
      if (request.headers['x-goog-resumable'] === 'start')
        return startSession(exchange, { ...path, preconditions });
      throw notImplemented('POST of /BUCKET/NAME without x-goog-resumable: start');
    case 'DELETE':
      await server.objects.remove(ref);
      return sendEmpty(exchange, 204);
    default:
      throw notImplemented(`${request.method} of /BUCKET/NAME`);
  }
}

/** A resumable upload by a signed URL: POST opens a session. The URL of the session needs no signature. */
async function startSession(exchange: Exchange, target: ObjectRef): Promise<void> {
  const { request, server } = exchange;
  const name = parseObjectName(target.name);
  const settings = withDefaults(settingsFromHeaders(request.headers), new URLSearchParams());
  const { bucket, preconditions } = target;
  const id = await server.sessions.create({ bucket, name, settings, preconditions, expected: {} });
  const path = name.split('/').map(encodeURIComponent).join('/');
  const location = `${addressOf(request, server)}/${bucket}/${path}?upload_id=${id}`;
  sendEmpty(exchange, 201, { location, 'x-guploader-uploadid': id });
}

function handleSession(exchange: Exchange, uploadId: string): Promise<void> {
  switch (exchange.request.method) {
    case 'PUT':
      return continueSession(exchange, uploadId);
    case 'DELETE':
      return cancelSession(exchange, uploadId);
    default:
      throw notImplemented(`${exchange.request.method} of an upload session`);
  }
}

/** @throws {ApiError} 400: the signed URL (V4) has expired or has no expiry. */
function assertNotExpired(params: URLSearchParams, nowMs: number): void {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(params.get('X-Goog-Date') ?? '') ?? [];
  const signedMs = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  const expiresMs = signedMs + Number(params.get('X-Goog-Expires') ?? Number.NaN) * 1000;
  if (Number.isNaN(expiresMs)) throw invalid('Expected X-Goog-Date and X-Goog-Expires in a signed URL');
  if (nowMs > expiresMs) throw new ApiError(400, 'expiredToken', 'The provided token has expired.');
}

/** A client that leaves one out would fail with Cloud Storage only. @throws {ApiError} 400 */
function assertHasSignedHeaders(params: URLSearchParams, headers: IncomingHttpHeaders): void {
  const signed = params.get('X-Goog-SignedHeaders')?.split(';') ?? [];
  const missing = signed.filter((name) => headers[name] === undefined);
  if (missing.length > 0)
    throw new ApiError(400, 'malformedSecurityHeader', `Expected the signed header ${missing.join(', ')}`);
}

/** `x-goog-content-length-range: MIN,MAX`. @throws {ApiError} 400 */
function sizeLimitsOf(headers: IncomingHttpHeaders): {
  readonly minBytes?: number;
  readonly maxBytes?: number;
} {
  const range = headers['x-goog-content-length-range'];
  if (range === undefined) return {};
  const [, min, max] = /^(\d+),(\d+)$/.exec(String(range)) ?? [];
  if (min === undefined)
    throw invalid(`Expected MIN,MAX for x-goog-content-length-range but received ${range}`);
  return { minBytes: Number(min), maxBytes: Number(max) };
}

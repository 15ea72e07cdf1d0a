/**
 * The HTTP calls of a resumable upload: POST opens a session, PUT sends bytes or requests the progress, DELETE cancels.
 * Source: https://cloud.google.com/storage/docs/performing-resumable-uploads
 */

import type { IncomingMessage } from 'node:http';
import { ApiError, invalid } from './api-error.js';
import { checksumsFromHeaders } from './checksums.js';
import { bodyOf, type Exchange, readJson, type ServerParts, sendEmpty, sendObject } from './exchange.js';
import { parseInsertBody } from './metadata.js';
import { parseObjectName } from './names.js';
import { parsePreconditions } from './preconditions.js';
import type { UploadChunk, UploadProgress } from './resumable-sessions.js';
import { withDefaults } from './upload.js';

const CHUNK_BYTES = 256 * 1024;
const RESUME_INCOMPLETE = 308;
const CLIENT_CLOSED_REQUEST = 499;

/** @throws {ApiError} 400, 404, 412 */
export async function openSession(exchange: Exchange, bucket: string): Promise<void> {
  const { request, params, server } = exchange;
  const body = parseInsertBody(await readJson(exchange));
  const contentType = [request.headers['x-upload-content-type'] ?? []].flat()[0];
  const id = await server.sessions.create({
    bucket,
    name: parseObjectName(params.get('name') ?? body.name),
    settings: withDefaults({ contentType, ...body.settings }, params),
    expected: body.expected,
    preconditions: parsePreconditions(params),
  });
  const location = `${addressOf(request, server)}/upload/storage/v1/b/${bucket}/o?uploadType=resumable&upload_id=${id}`;
  sendEmpty(exchange, 200, { location, 'x-guploader-uploadid': id });
}

/** The address that the client used, which may differ from the server's own (a proxy, a container). */
export function addressOf({ headers }: IncomingMessage, server: ServerParts): string {
  return headers.host === undefined ? server.baseUrl() : `http://${headers.host}`;
}

/** @throws {ApiError} 400, 404, 412, 413 */
export async function continueSession(exchange: Exchange, uploadId: string): Promise<void> {
  const { request, server } = exchange;
  const range = parseContentRange(request.headers['content-range']);
  if (range.kind === 'query') {
    sendProgress(exchange, await server.sessions.progress(uploadId, range.totalBytes));
    return;
  }
  const chunk: UploadChunk = {
    content: bodyOf(request),
    firstByte: range.firstByte,
    totalBytes: range.totalBytes,
    isLast: range.isLast,
    expected: checksumsFromHeaders(request.headers),
    abandon: () => request.destroy(),
  };
  sendProgress(exchange, await server.sessions.append(uploadId, chunk));
}

/** @throws {ApiError} 404 */
export async function cancelSession(exchange: Exchange, uploadId: string): Promise<void> {
  await exchange.server.sessions.cancel(uploadId);
  sendEmpty(exchange, CLIENT_CLOSED_REQUEST);
}

function sendProgress(exchange: Exchange, progress: UploadProgress): void {
  if (progress.kind === 'complete') {
    sendObject(exchange, progress.record);
    return;
  }
  const { receivedBytes } = progress;
  sendEmpty(exchange, RESUME_INCOMPLETE, receivedBytes > 0 ? { range: `bytes=0-${receivedBytes - 1}` } : {});
}

type ContentRange =
  | { readonly kind: 'query'; readonly totalBytes: number | undefined }
  | {
      readonly kind: 'bytes';
      readonly firstByte: number;
      readonly totalBytes: number | undefined;
      readonly isLast: boolean;
    };

/**
 * No header: the body is the whole object. `first-last`: a chunk. `first-*`: from the first byte to the end of the body.
 * `*`: a question. With a total, it also completes an upload that has this number of bytes.
 * @throws {ApiError} 400
 */
function parseContentRange(header: string | undefined): ContentRange {
  if (header === undefined) return { kind: 'bytes', firstByte: 0, totalBytes: undefined, isLast: true };
  const match = /^bytes (?:(\*)|(\d+)-(\d+|\*))\/(\d+|\*)$/.exec(header.trim());
  if (!match) throw invalid(`Expected bytes first-last/total for content-range but received ${header}`);
  const [, star, first, last, total] = match;
  const totalBytes = total === '*' ? undefined : Number(total);
  if (star) return { kind: 'query', totalBytes };
  const isOpen = last === '*';
  const lengthBytes = Number(last) - Number(first) + 1;
  const isLast = isOpen || Number(last) + 1 === totalBytes;
  if (!isLast && lengthBytes % CHUNK_BYTES !== 0) {
    throw new ApiError(
      400,
      'badRequest',
      `Expected a multiple of ${CHUNK_BYTES} bytes in every chunk but the last`,
    );
  }
  return { kind: 'bytes', firstByte: Number(first), totalBytes, isLast: isOpen };
}

/** Uploads in one request: bytes alone (`media`), or metadata and bytes (`multipart`). */

import { tooSmall } from './api-error.js';
import { checksumsFromHeaders, type ExpectedChecksums, mergeExpected, verifyChecksums } from './checksums.js';
import { bodyOf, type Exchange } from './exchange.js';
import { parseInsertBody } from './metadata.js';
import { readMultipart } from './multipart.js';
import { parseObjectName } from './names.js';
import { parsePreconditions } from './preconditions.js';
import type { ObjectRecord, ObjectSettings } from './record.js';
import type { ObjectRef } from './store.js';

/** On failure, nothing is stored. @throws {ApiError} 400, 404, 412, 413 */
export async function uploadMedia(exchange: Exchange, bucket: string): Promise<ObjectRecord> {
  const { request, params } = exchange;
  const name = parseObjectName(params.get('name'));
  const settings = withDefaults({ contentType: request.headers['content-type'] }, params);
  const target = { bucket, name, preconditions: parsePreconditions(params) };
  return storeUpload(exchange, { target, settings, content: bodyOf(request), expected: {} });
}

/** On failure, nothing is stored. @throws {ApiError} 400, 404, 412, 413 */
export async function uploadMultipart(exchange: Exchange, bucket: string): Promise<ObjectRecord> {
  const { request, params } = exchange;
  const upload = await readMultipart(bodyOf(request), request.headers['content-type'] ?? '');
  const body = parseInsertBody(upload.metadata);
  const name = parseObjectName(params.get('name') ?? body.name);
  const settings = withDefaults({ contentType: upload.contentType, ...body.settings }, params);
  const target = { bucket, name, preconditions: parsePreconditions(params) };
  return storeUpload(exchange, { target, settings, content: upload.content, expected: body.expected });
}

/** The default content type, and the content encoding from the query if the metadata has none. */
export function withDefaults(settings: ObjectSettings, params: URLSearchParams): ObjectSettings {
  return {
    ...settings,
    contentType: settings.contentType ?? 'application/octet-stream',
    contentEncoding: settings.contentEncoding ?? params.get('contentEncoding') ?? undefined,
  };
}

export interface Upload {
  readonly target: ObjectRef;
  readonly settings: ObjectSettings;
  readonly content: AsyncIterable<Buffer>;
  readonly expected: ExpectedChecksums;
  /** A limit below that of the server. */
  readonly maxBytes?: number | undefined;
  readonly minBytes?: number;
}

/** On failure, nothing is stored. @throws {ApiError} 400: the content is too small or does not have the expected checksum; 404, 412, 413 */
export async function storeUpload({ request, server }: Exchange, upload: Upload): Promise<ObjectRecord> {
  const { target, settings, maxBytes = server.maxObjectBytes, minBytes = 0 } = upload;
  server.objects.assertInsertable(target);
  const content = await server.contents.store(upload.content, Math.min(maxBytes, server.maxObjectBytes));
  try {
    if (content.sizeBytes < minBytes) throw tooSmall(minBytes);
    verifyChecksums(content, mergeExpected(upload.expected, checksumsFromHeaders(request.headers)));
  } catch (error) {
    server.contents.remove(content.contentId);
    throw error;
  }
  return server.objects.insert({ ...target, settings, content });
}

/** The two uploads that are one request: the bare body (`media`) and metadata plus bytes (`multipart`). */

import { checksumsFromHeaders, type ExpectedChecksums, mergeExpected, verifyChecksums } from './checksums.js';
import { bodyOf, type Exchange } from './exchange.js';
import { parseInsertBody } from './metadata.js';
import { readMultipart } from './multipart.js';
import { parseObjectName } from './names.js';
import { parsePreconditions } from './preconditions.js';
import type { ObjectRecord, ObjectSettings } from './record.js';
import type { ObjectRef } from './store.js';

/** @throws {ApiError} 400, 404, 412, 413. Nothing is stored then. */
export async function uploadMedia(exchange: Exchange, bucket: string): Promise<ObjectRecord> {
  const { request, params } = exchange;
  const name = parseObjectName(params.get('name'));
  const settings = withDefaults({ contentType: request.headers['content-type'] }, params);
  const target = { bucket, name, preconditions: parsePreconditions(params) };
  return storeUpload(exchange, { target, settings, content: bodyOf(request), expected: {} });
}

/** @throws {ApiError} 400, 404, 412, 413. Nothing is stored then. */
export async function uploadMultipart(exchange: Exchange, bucket: string): Promise<ObjectRecord> {
  const { request, params } = exchange;
  const upload = await readMultipart(bodyOf(request), request.headers['content-type'] ?? '');
  const body = parseInsertBody(upload.metadata);
  const name = parseObjectName(params.get('name') ?? body.name);
  const settings = withDefaults({ contentType: upload.contentType, ...body.settings }, params);
  const target = { bucket, name, preconditions: parsePreconditions(params) };
  return storeUpload(exchange, { target, settings, content: upload.content, expected: body.expected });
}

/** What the query and the part's headers say where the metadata does not. */
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
}

/** @throws {ApiError} 400: the content is not what was hashed; 404, 412, 413. Nothing is stored then. */
export async function storeUpload({ request, server }: Exchange, upload: Upload): Promise<ObjectRecord> {
  const { target, settings } = upload;
  server.objects.assertInsertable(target);
  const content = await server.contents.store(upload.content, server.maxObjectBytes);
  try {
    verifyChecksums(content, mergeExpected(upload.expected, checksumsFromHeaders(request.headers)));
  } catch (error) {
    server.contents.remove(content.contentId);
    throw error;
  }
  return server.objects.insert({ ...target, settings, content });
}

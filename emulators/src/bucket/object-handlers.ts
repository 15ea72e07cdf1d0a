/** The JSON API's calls on one object and on a bucket's objects. */

import { ApiError } from './api-error.js';
import { sendContent } from './download.js';
import { type Exchange, readJson, sendEmpty, sendJson } from './exchange.js';
import { listObjects, parseListQuery } from './listing.js';
import { patchSettings, replaceSettings } from './metadata.js';
import { assertReadable, parseGenerationParam, parsePreconditions } from './preconditions.js';
import { objectResource } from './resource.js';
import { openSession } from './resumable.js';
import type { ObjectPath } from './rewrite.js';
import type { ObjectRef } from './store.js';
import { uploadMedia, uploadMultipart } from './upload.js';

export function listBucket(exchange: Exchange, bucket: string): void {
  const { server, params } = exchange;
  const page = listObjects(server.buckets.get(bucket), parseListQuery(params));
  const baseUrl = server.baseUrl();
  sendJson(exchange, 200, {
    kind: 'storage#objects',
    ...(page.nextPageToken === undefined ? {} : { nextPageToken: page.nextPageToken }),
    ...(page.prefixes.length > 0 ? { prefixes: page.prefixes } : {}),
    ...(page.items.length > 0 ? { items: page.items.map((record) => objectResource(record, baseUrl)) } : {}),
  });
}

/** Metadata, or the bytes with `alt=media`. */
export async function getObject(exchange: Exchange, path: ObjectPath): Promise<void> {
  const { server, params } = exchange;
  const record = server.objects.get(objectRef(exchange, path));
  assertReadable(parsePreconditions(params), record);
  if (params.get('alt') === 'media') await sendContent(exchange, record);
  else sendJson(exchange, 200, objectResource(record, server.baseUrl()));
}

export async function patchObject(exchange: Exchange, path: ObjectPath): Promise<void> {
  const body = await readJson(exchange);
  const { server } = exchange;
  const record = await server.objects.update(objectRef(exchange, path), (settings) =>
    patchSettings(settings, body),
  );
  sendJson(exchange, 200, objectResource(record, server.baseUrl()));
}

export async function replaceObjectMetadata(exchange: Exchange, path: ObjectPath): Promise<void> {
  const body = await readJson(exchange);
  const { server } = exchange;
  const record = await server.objects.update(objectRef(exchange, path), () => replaceSettings(body));
  sendJson(exchange, 200, objectResource(record, server.baseUrl()));
}

export async function deleteObject(exchange: Exchange, path: ObjectPath): Promise<void> {
  await exchange.server.objects.remove(objectRef(exchange, path));
  sendEmpty(exchange, 204);
}

export async function insertObject(exchange: Exchange, bucket: string): Promise<void> {
  const uploadType = exchange.params.get('uploadType');
  switch (uploadType) {
    case 'resumable':
      return openSession(exchange, bucket);
    case 'media':
      return sendJson(
        exchange,
        200,
        objectResource(await uploadMedia(exchange, bucket), exchange.server.baseUrl()),
      );
    case 'multipart':
      return sendJson(
        exchange,
        200,
        objectResource(await uploadMultipart(exchange, bucket), exchange.server.baseUrl()),
      );
    default:
      throw new ApiError(
        400,
        'badRequest',
        `Expected media, multipart or resumable for uploadType but received ${uploadType}`,
      );
  }
}

function objectRef({ params }: Exchange, path: ObjectPath): ObjectRef {
  return { ...path, generation: parseGenerationParam(params), preconditions: parsePreconditions(params) };
}

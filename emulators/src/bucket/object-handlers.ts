/** The JSON API's calls on one object and on the objects of a bucket. */

import { ApiError } from './api-error.js';
import { sendContent } from './download.js';
import { type Exchange, readJson, sendEmpty, sendJson, sendObject } from './exchange.js';
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
  const { items, prefixes, nextPageToken } = listObjects(server.buckets.get(bucket), parseListQuery(params));
  const baseUrl = server.baseUrl();
  sendJson(exchange, 200, {
    kind: 'storage#objects',
    // JSON leaves out what is undefined.
    nextPageToken,
    prefixes: prefixes.length > 0 ? prefixes : undefined,
    items: items.length > 0 ? items.map((record) => objectResource(record, baseUrl)) : undefined,
  });
}

/** Sends the metadata, or the bytes with `alt=media`. */
export async function getObject(exchange: Exchange, path: ObjectPath): Promise<void> {
  const { server, params } = exchange;
  const record = server.objects.get(objectRef(exchange, path));
  assertReadable(parsePreconditions(params), record);
  if (params.get('alt') === 'media') await sendContent(exchange, record);
  else sendObject(exchange, record);
}

export async function patchObject(exchange: Exchange, path: ObjectPath): Promise<void> {
  const body = await readJson(exchange);
  const ref = objectRef(exchange, path);
  sendObject(
    exchange,
    await exchange.server.objects.update(ref, (settings) => patchSettings(settings, body)),
  );
}

export async function replaceObjectMetadata(exchange: Exchange, path: ObjectPath): Promise<void> {
  const body = await readJson(exchange);
  const ref = objectRef(exchange, path);
  sendObject(exchange, await exchange.server.objects.update(ref, () => replaceSettings(body)));
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
      return sendObject(exchange, await uploadMedia(exchange, bucket));
    case 'multipart':
      return sendObject(exchange, await uploadMultipart(exchange, bucket));
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

/**
 * Firebase's API for Cloud Storage, `/v0/b/BUCKET/o/NAME`, which the SDKs of Firebase use. Access is decided by the table in
 * access.ts.
 */

import { randomUUID } from 'node:crypto';
import { notImplemented } from '../api-error.js';
import { sendContent } from '../download.js';
import { type Exchange, readJson, sendEmpty, sendJson } from '../exchange.js';
import { listObjects, parseListQuery } from '../listing.js';
import { patchSettings } from '../metadata.js';
import { assertReadable, parseGenerationParam, parsePreconditions } from '../preconditions.js';
import type { ObjectRecord, ObjectSettings } from '../record.js';
import type { ObjectPath } from '../rewrite.js';
import type { ObjectRef } from '../store.js';
import { assertAllowed } from './access.js';
import { type Caller, callerOf } from './caller.js';
import { firebaseResource, TOKENS_KEY, tokensOf } from './resource.js';
import { handleUpload } from './uploads.js';

/** @param rest what follows `/v0/b` @throws {ApiError} 401, 403, and as the JSON API */
export async function handleFirebase(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket = '', collection, ...segments] = rest;
  const { method } = exchange.request;
  if (collection !== 'o') throw notImplemented(`${method} of /v0/b/${bucket}/${collection ?? ''}`);
  const caller = callerOf(exchange.request, exchange.server);
  const name = segments.join('/');
  if (method === 'POST') return handleUpload(exchange, caller, { bucket, name });
  if (method === 'GET' && name === '') return listFiles(exchange, caller, bucket);
  const path = { bucket, name };
  switch (method) {
    case 'GET':
    case 'HEAD':
      return getFile(exchange, caller, path);
    case 'PATCH':
      return updateFile(exchange, caller, path);
    case 'DELETE':
      return deleteFile(exchange, caller, path);
    default:
      throw notImplemented(`${method} of /v0/b/BUCKET/o/NAME`);
  }
}

function listFiles(exchange: Exchange, caller: Caller, bucket: string): void {
  const { params, server } = exchange;
  assertAllowed('list', { caller, name: params.get('prefix') ?? '' });
  const page = listObjects(server.buckets.get(bucket), parseListQuery(params));
  const { prefixes, nextPageToken } = page;
  const items = page.items.map(({ name }) => ({ name, bucket }));
  sendJson(exchange, 200, { prefixes, items, nextPageToken });
}

/** Sends the metadata, or the bytes with `alt=media`. A download token gives access without the rules. */
async function getFile(exchange: Exchange, caller: Caller, path: ObjectPath): Promise<void> {
  const { params, server } = exchange;
  const ref = refOf(exchange, path);
  const resource = findForCaller(exchange, caller, ref);
  assertReadable(ref.preconditions, resource);
  if (params.get('alt') === 'media') return sendContent(exchange, resource);
  const record =
    tokensOf(resource).length > 0
      ? resource
      : await server.objects.update(ref, ({ metadata, ...settings }) => ({
          ...settings,
          metadata: { ...metadata, [TOKENS_KEY]: randomUUID() },
        }));
  sendJson(exchange, 200, firebaseResource(record));
}

/** @throws {ApiError} 403, 404 */
function findForCaller({ params, server }: Exchange, caller: Caller, ref: ObjectRef): ObjectRecord {
  const resource = server.objects.find(ref);
  const token = params.get('token');
  const hasToken = resource !== undefined && token !== null && tokensOf(resource).includes(token);
  if (!hasToken) assertAllowed('get', { caller, name: ref.name, resource });
  return resource ?? server.objects.get(ref);
}

async function updateFile(exchange: Exchange, caller: Caller, path: ObjectPath): Promise<void> {
  assertAllowed('update', { caller, name: path.name });
  const body = await readJson(exchange);
  const ref = refOf(exchange, path);
  const record = await exchange.server.objects.update(ref, (settings) =>
    withTokensOf(settings, patchSettings(settings, body)),
  );
  sendJson(exchange, 200, firebaseResource(record));
}

async function deleteFile(exchange: Exchange, caller: Caller, path: ObjectPath): Promise<void> {
  assertAllowed('delete', { caller, name: path.name });
  await exchange.server.objects.remove(refOf(exchange, path));
  sendEmpty(exchange, 204);
}

function refOf({ params }: Exchange, path: ObjectPath): ObjectRef {
  return { ...path, generation: parseGenerationParam(params), preconditions: parsePreconditions(params) };
}

/** A client cannot change the download tokens. */
function withTokensOf(before: ObjectSettings, after: ObjectSettings): ObjectSettings {
  const tokens = before.metadata?.[TOKENS_KEY];
  return tokens === undefined ? after : { ...after, metadata: { ...after.metadata, [TOKENS_KEY]: tokens } };
}

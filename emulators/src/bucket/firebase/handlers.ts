/**
 * Firebase's API for Cloud Storage, `/v0/b/BUCKET/o/NAME`, which the SDKs of Firebase use. Access is decided by the table in
 * access.ts.
 */

import { invalid, notImplemented } from '../api-error.js';
import { sendContent } from '../download.js';
import { type Exchange, readJson, sendEmpty, sendJson } from '../exchange.js';
import { listObjects, parseListQuery } from '../listing.js';
import { patchSettings } from '../metadata.js';
import { assertReadable, parseGenerationParam, parsePreconditions } from '../preconditions.js';
import type { ObjectRecord } from '../record.js';
import type { ObjectPath } from '../rewrite.js';
import type { ObjectRef } from '../store.js';
import { assertAllowed } from './access.js';
import { type Caller, callerOf } from './caller.js';
import { firebaseResource } from './resource.js';
import { changeTokens, isTokenChange, tokensOf, withTokens } from './tokens.js';
import { handleUpload } from './uploads.js';

/** @param rest what follows `/v0/b` @throws {ApiError} 401, 403, and as the JSON API */
export async function handleFirebase(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket = '', collection, ...segments] = rest;
  const { method } = exchange.request;
  if (collection !== 'o') throw notImplemented(`${method} of /v0/b/${bucket}/${collection ?? ''}`);
  const caller = callerOf(exchange.request, exchange.server);
  const name = segments.join('/');
  const path = { bucket, name };
  if (method === 'POST')
    return isTokenChange(exchange.params)
      ? updateTokens(exchange, caller, path)
      : handleUpload(exchange, caller, path);
  if (method === 'GET' && name === '') return listFiles(exchange, caller, bucket);
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

/** Names that Firebase has no path for are left out, so a page can have fewer entries than asked for. */
function listFiles(exchange: Exchange, caller: Caller, bucket: string): void {
  const { params, server } = exchange;
  const prefix = params.get('prefix') ?? '';
  assertAllowed('list', { caller, name: prefix });
  if (prefix !== '' && !prefix.endsWith('/'))
    throw invalid(`Expected an empty prefix or one that ends with / but received ${prefix}`);
  const page = listObjects(server.buckets.get(bucket), parseListQuery(params));
  const prefixes = page.prefixes.filter((name) => isPath(name.replace(/\/$/, '')));
  const items = page.items.filter(({ name }) => isPath(name)).map(({ name }) => ({ name, bucket }));
  sendJson(exchange, 200, { prefixes, items, nextPageToken: page.nextPageToken });
}

/** Source: https://firebase.google.com/docs/storage/web/list-files */
const isPath = (name: string): boolean => !name.endsWith('/') && !name.includes('//');

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
      : await server.objects.update(ref, (settings) => withTokens(settings));
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
  const record = await exchange.server.objects.update(refOf(exchange, path), (settings) => {
    const tokens = tokensOf({ settings });
    const changed = patchSettings(settings, body);
    // A change of the metadata keeps the download tokens.
    return tokens.length === 0 ? changed : withTokens(changed, tokens);
  });
  sendJson(exchange, 200, firebaseResource(record));
}

async function updateTokens(exchange: Exchange, caller: Caller, path: ObjectPath): Promise<void> {
  assertAllowed('update', { caller, name: path.name });
  const { params, server } = exchange;
  const record = await server.objects.update(refOf(exchange, path), (settings) =>
    changeTokens(settings, params),
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

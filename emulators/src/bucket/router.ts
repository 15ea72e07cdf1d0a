/** Calls the handler of a request, and answers with an error when the handler throws. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { invalid, notImplemented, toApiError } from './api-error.js';
import {
  createBucket,
  deleteBucket,
  getBucket,
  getStorageLayout,
  listBuckets,
  patchBucket,
} from './bucket-handlers.js';
import { corsHeaders } from './cors.js';
import { type Exchange, type ServerParts, sendEmpty, sendError, sendJson } from './exchange.js';
import { handleFirebase } from './firebase/handlers.js';
import { uploadForm } from './form/handler.js';
import {
  deleteObject,
  getObject,
  insertObject,
  listBucket,
  patchObject,
  replaceObjectMetadata,
} from './object-handlers.js';
import { type Api, parseRequestPath, whichApi } from './request-path.js';
import { cancelSession, continueSession } from './resumable.js';
import { composeObject, copyObject, moveObject, type ObjectPath } from './rewrite.js';
import { handleXml } from './xml-handlers.js';

/** The handlers of one resource by HTTP method. */
type Calls<Resource> = Readonly<
  Record<string, (exchange: Exchange, resource: Resource) => void | Promise<void>>
>;

const ALL_BUCKETS: Calls<undefined> = { GET: listBuckets, POST: createBucket };
const BUCKET: Calls<string> = { GET: getBucket, PATCH: patchBucket, DELETE: deleteBucket };
const OBJECTS: Calls<string> = { GET: listBucket };
const OBJECT: Calls<ObjectPath> = {
  GET: getObject,
  HEAD: getObject,
  PATCH: patchObject,
  PUT: replaceObjectMetadata,
  DELETE: deleteObject,
};
const UPLOAD: Calls<string> = { POST: insertObject, PUT: insertObject };
const UPLOAD_SESSION: Calls<string> = {
  PUT: continueSession,
  POST: continueSession,
  DELETE: cancelSession,
};

/** @returns the error for the log when the server itself failed. */
export async function answer(
  server: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  let kind: Api['kind'] = 'json';
  let exchange: Exchange = { request, response, params: new URLSearchParams(), server };
  try {
    const { segments, params } = parseRequestPath(request.url ?? '/');
    const api = whichApi(segments);
    kind = api.kind;
    exchange = { ...exchange, params };
    for (const [name, value] of Object.entries(corsHeaders(exchange, api))) response.setHeader(name, value);
    assertNoKey(exchange);
    await dispatch(exchange, api);
    return undefined;
  } catch (error) {
    const failure = toApiError(error);
    sendError(exchange, failure, kind);
    return failure.status >= 500 && !isDisconnect(error) ? error : undefined;
  } finally {
    discardRest(request);
  }
}

/** Reads the rest of a body that the handler did not read. Otherwise the next request on the connection would wait forever. */
function discardRest(request: IncomingMessage): void {
  if (request.readableEnded) return;
  request.removeAllListeners('readable');
  request.resume();
}

async function dispatch(exchange: Exchange, api: Api): Promise<void> {
  if (exchange.request.method === 'OPTIONS') return sendEmpty(exchange, 200);
  switch (api.kind) {
    case 'firebase':
      return handleFirebase(exchange, api.rest);
    case 'upload':
      return dispatchUpload(exchange, api.rest);
    case 'json':
      return dispatchJson(exchange, api.rest);
    case 'xml': {
      const [bucket = '', ...name] = api.rest;
      if (name.join('/') !== '') return handleXml(exchange, { bucket, name: name.join('/') });
      return dispatchXmlBucket(exchange, bucket);
    }
  }
}

/** `/BUCKET`, or `/` with an empty bucket. */
async function dispatchXmlBucket(exchange: Exchange, bucket: string): Promise<void> {
  const { method = '' } = exchange.request;
  if (method === 'POST' && bucket !== '') return uploadForm(exchange, bucket);
  if (method === 'POST')
    throw invalid('Expected a bucket in the address of a form: /BUCKET. Set STORAGE_EMULATOR_HOST');
  if (bucket !== '') throw notImplemented(`${method} of a bucket in the XML API`);
  sendJson(exchange, 200, { kind: 'hangtag#bucketServer' });
}

async function dispatchUpload(exchange: Exchange, [bucket = '']: readonly string[]): Promise<void> {
  const uploadId = exchange.params.get('upload_id');
  return uploadId === null ? call(UPLOAD, exchange, bucket) : call(UPLOAD_SESSION, exchange, uploadId);
}

async function dispatchJson(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket, collection, ...name] = rest;
  if (bucket === undefined) return call(ALL_BUCKETS, exchange, undefined);
  if (collection === undefined) return call(BUCKET, exchange, bucket);
  if (collection === 'storageLayout') return getStorageLayout(exchange, bucket);
  if (collection !== 'o') throw notImplemented(`/b/${bucket}/${collection}`);
  if (name.length === 0) return call(OBJECTS, exchange, bucket);
  if (exchange.request.method === 'POST') return dispatchAction(exchange, rest);
  return call(OBJECT, exchange, { bucket, name: name.join('/') });
}

/** @throws {ApiError} 501: the resource has no handler for the method. */
async function call<Resource>(calls: Calls<Resource>, exchange: Exchange, resource: Resource): Promise<void> {
  const { method = '', url } = exchange.request;
  const handle = Object.hasOwn(calls, method) ? calls[method] : undefined;
  if (handle === undefined) throw notImplemented(`${method} of ${url}`);
  return handle(exchange, resource);
}

/** `B/o/N/ACTION/...`. Every name is one segment with encoded slashes. */
async function dispatchAction(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket = '', , name = '', action, ...target] = rest;
  const source = { bucket, name };
  switch (action) {
    case 'rewriteTo':
    case 'copyTo': {
      const [, toBucket = '', , toName = ''] = target;
      const destination = { bucket: toBucket, name: toName };
      return copyObject(exchange, {
        source,
        destination,
        answer: action === 'copyTo' ? 'object' : 'rewrite',
      });
    }
    case 'moveTo':
      return moveObject(exchange, source, target[1] ?? '');
    case 'compose':
      return composeObject(exchange, source);
    default:
      throw notImplemented(`POST /o/NAME/${action ?? ''}`);
  }
}

/** @throws {ApiError} 400: the request has an encryption key. The server would store the object unencrypted. */
function assertNoKey({ request: { headers }, params }: Exchange): void {
  const header = Object.keys(headers).find((name) => /^x-goog-(copy-source-)?encryption-/.test(name));
  const found = header ?? ['kmsKeyName', 'destinationKmsKeyName'].find((name) => params.get(name));
  if (found) throw invalid(`Expected no ${found}: this bucket server does not encrypt`);
}

const DISCONNECT_CODES = new Set([
  'ECONNRESET',
  'ERR_STREAM_PREMATURE_CLOSE',
  'ERR_STREAM_DESTROYED',
  'EPIPE',
]);

/** A client that disconnects is not an error of the server. */
function isDisconnect(error: unknown): boolean {
  return error instanceof Error && 'code' in error && DISCONNECT_CODES.has(String(error.code));
}

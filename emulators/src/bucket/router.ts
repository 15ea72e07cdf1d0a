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
import { composeObject, copyObject, moveObject } from './rewrite.js';
import { handleXml } from './xml-handlers.js';

/** @returns the error for the log when the server itself failed. */
export async function answer(
  server: ServerParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  let kind: Api['kind'] = 'json';
  const exchange = (params: URLSearchParams): Exchange => ({ request, response, params, server });
  try {
    const { segments, params } = parseRequestPath(request.url ?? '/');
    const api = whichApi(segments);
    kind = api.kind;
    for (const [name, value] of Object.entries(corsHeaders(exchange(params), api)))
      response.setHeader(name, value ?? '');
    assertNoKey(request, params);
    await dispatch(exchange(params), api);
    return undefined;
  } catch (error) {
    const failure = toApiError(error);
    sendError(exchange(new URLSearchParams()), failure, kind);
    return failure.status >= 500 && !isDisconnect(error) ? error : undefined;
  }
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
      if (bucket === '') return sendJson(exchange, 200, { kind: 'hangtag#bucketServer' });
      if (name.length === 0) throw notImplemented('a bucket in the XML API');
      return handleXml(exchange, { bucket, name: name.join('/') });
    }
  }
}

async function dispatchUpload(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket = ''] = rest;
  const uploadId = exchange.params.get('upload_id');
  const method = exchange.request.method;
  if (uploadId === null && (method === 'POST' || method === 'PUT')) return insertObject(exchange, bucket);
  if (uploadId !== null && (method === 'PUT' || method === 'POST'))
    return continueSession(exchange, uploadId);
  if (uploadId !== null && method === 'DELETE') return cancelSession(exchange, uploadId);
  throw notImplemented(`${method} of an upload`);
}

async function dispatchJson(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket, collection, ...name] = rest;
  if (bucket === undefined) return dispatchBuckets(exchange);
  if (collection === undefined) return dispatchBucket(exchange, bucket);
  if (collection === 'storageLayout') return getStorageLayout(exchange, bucket);
  if (collection !== 'o') throw notImplemented(`/b/${bucket}/${collection}`);
  if (name.length === 0) return listBucket(exchange, bucket);
  if (exchange.request.method === 'POST') return dispatchAction(exchange, rest);
  return dispatchObject(exchange, { bucket, name: name.join('/') });
}

async function dispatchBuckets(exchange: Exchange): Promise<void> {
  return exchange.request.method === 'POST' ? createBucket(exchange) : listBuckets(exchange);
}

async function dispatchBucket(exchange: Exchange, bucket: string): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
      return getBucket(exchange, bucket);
    case 'PATCH':
      return patchBucket(exchange, bucket);
    case 'DELETE':
      return deleteBucket(exchange, bucket);
    default:
      throw notImplemented(`${exchange.request.method} of a bucket`);
  }
}

async function dispatchObject(exchange: Exchange, path: { bucket: string; name: string }): Promise<void> {
  switch (exchange.request.method) {
    case 'GET':
    case 'HEAD':
      return getObject(exchange, path);
    case 'PATCH':
      return patchObject(exchange, path);
    case 'PUT':
      return replaceObjectMetadata(exchange, path);
    case 'DELETE':
      return deleteObject(exchange, path);
    default:
      throw notImplemented(`${exchange.request.method} of an object`);
  }
}

/** `B/o/N/ACTION/...`. Every name is one segment with encoded slashes. */
async function dispatchAction(exchange: Exchange, rest: readonly string[]): Promise<void> {
  const [bucket = '', , name = '', action, ...target] = rest;
  const source = { bucket, name };
  switch (action) {
    case 'rewriteTo':
    case 'copyTo': {
      const [, toBucket = '', , toName = ''] = target;
      const answerAs = action === 'copyTo' ? 'object' : 'rewrite';
      return copyObject(exchange, {
        source,
        destination: { bucket: toBucket, name: toName },
        answer: answerAs,
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
function assertNoKey({ headers }: IncomingMessage, params: URLSearchParams): void {
  const header = Object.keys(headers).find((name) => /^x-goog-(copy-source-)?encryption-/.test(name));
  const found = header ?? ['kmsKeyName', 'destinationKmsKeyName'].find((name) => params.get(name));
  if (found) throw invalid(`Expected no ${found}: this bucket server does not encrypt`);
}

/** A client that disconnects is not an error of the server. */
function isDisconnect(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return (
    code === 'ECONNRESET' ||
    code === 'ERR_STREAM_PREMATURE_CLOSE' ||
    code === 'ERR_STREAM_DESTROYED' ||
    code === 'EPIPE'
  );
}

/**
 * The uploads of Firebase's SDKs: in one request (`uploadBytes`), and resumable (`uploadBytesResumable`). A resumable
 * upload is a series of commands in the header `X-Goog-Upload-Command`:
 *
 *     start -> URL of the session; upload, ..., upload, finalize -> metadata; query -> bytes received; cancel
 *
 * Access is decided at the start. The session then keeps the decision: it has a size limit and the precondition that no
 * object of the name exists.
 */

import { type Generation, parseGeneration } from '@hangtag/shared/domain/generation.js';
import { ApiError, invalid, isFullDisk, required } from '../api-error.js';
import { bodyOf, type Exchange, readJson, sendEmpty, sendJson } from '../exchange.js';
import { type InsertBody, parseInsertBody } from '../metadata.js';
import { readMultipart } from '../multipart.js';
import { parseObjectName } from '../names.js';
import { type Preconditions, parsePreconditions } from '../preconditions.js';
import type { ObjectRecord, ObjectSettings } from '../record.js';
import { addressOf } from '../resumable.js';
import type { UploadChunk, UploadProgress } from '../resumable-sessions.js';
import type { ObjectPath } from '../rewrite.js';
import { storeUpload, withDefaults } from '../upload.js';
import { assertAllowed, forbidden, MAX_UPLOAD_BYTES } from './access.js';
import type { Caller } from './caller.js';
import { firebaseResource } from './resource.js';
import { withTokens } from './tokens.js';

const MUST_NOT_EXIST: Generation = parseGeneration('0');

/** @throws {ApiError} 400, 401, 403, 404 */
export async function handleUpload(exchange: Exchange, caller: Caller, path: ObjectPath): Promise<void> {
  const { params, request } = exchange;
  const command = header(exchange, 'x-goog-upload-command');
  const uploadId = params.get('upload_id');
  if (command !== undefined && uploadId !== null)
    return ifAllowed(caller, () => continueUpload(exchange, uploadId, command));
  const target = { bucket: path.bucket, name: parseObjectName(path.name || params.get('name')) };
  if (command === 'start') return startUpload(exchange, caller, target);
  if (command !== undefined) throw required('upload_id');
  const isMultipart = header(exchange, 'x-goog-upload-protocol') === 'multipart';
  const contentType = request.headers['content-type'] ?? '';
  const parts = isMultipart
    ? await readMultipart(bodyOf(request), contentType)
    : { metadata: {}, contentType, content: bodyOf(request) };
  const body = parseInsertBody(parts.metadata);
  const settings = withTokens(withDefaults({ contentType: parts.contentType, ...body.settings }, params));
  // The size of the parts is not known yet; the limit applies while they are stored.
  const preconditions = authorize(exchange, caller, { ...target, settings, sizeBytes: 0 });
  const upload = { target: { ...target, preconditions }, settings, expected: body.expected };
  const record = await ifAllowed(caller, () =>
    storeUpload(exchange, { ...upload, content: parts.content, maxBytes: limitOf(caller) }),
  );
  sendRecord(exchange, record);
}

async function startUpload(exchange: Exchange, caller: Caller, target: ObjectPath): Promise<void> {
  const { params, server, request } = exchange;
  const body: InsertBody = parseInsertBody(await readJson(exchange));
  const contentType = header(exchange, 'x-goog-upload-header-content-type');
  const settings = withTokens(withDefaults({ contentType, ...body.settings }, params));
  const sizeBytes = numberIn(exchange, 'x-goog-upload-header-content-length');
  const preconditions = authorize(exchange, caller, { ...target, settings, sizeBytes });
  const session = { ...target, settings, preconditions, expected: {}, maxBytes: limitOf(caller) };
  const id = await ifAllowed(caller, () => server.sessions.create(session));
  const query = new URLSearchParams({ name: target.name, upload_id: id, upload_protocol: 'resumable' });
  sendEmpty(exchange, 200, {
    'x-goog-upload-status': 'active',
    'x-goog-upload-url': `${addressOf(request, server)}/v0/b/${target.bucket}/o?${query}`,
    'x-goog-upload-chunk-granularity': '262144',
  });
}

async function continueUpload(exchange: Exchange, uploadId: string, command: string): Promise<void> {
  const { sessions } = exchange.server;
  const steps = command.split(',').map((step) => step.trim());
  if (steps.every((step) => step === 'upload' || step === 'finalize')) {
    const isLast = steps.includes('finalize');
    return sendProgress(exchange, await sessions.append(uploadId, chunkOf(exchange, isLast)));
  }
  if (command === 'query') return sendProgress(exchange, await sessions.progress(uploadId));
  if (command !== 'cancel') {
    throw invalid(
      `Expected upload, finalize, query or cancel for x-goog-upload-command but received ${command}`,
    );
  }
  await sessions.cancel(uploadId);
  sendEmpty(exchange, 200, { 'x-goog-upload-status': 'cancelled' });
}

function chunkOf(exchange: Exchange, isLast: boolean): UploadChunk {
  const { request } = exchange;
  return {
    content: bodyOf(request),
    firstByte: numberIn(exchange, 'x-goog-upload-offset'),
    totalBytes: undefined,
    isLast,
    expected: {},
    abandon: () => request.destroy(),
  };
}

function sendProgress(exchange: Exchange, progress: UploadProgress): void {
  if (progress.kind === 'complete') sendRecord(exchange, progress.record);
  else {
    const received = { 'x-goog-upload-size-received': String(progress.receivedBytes) };
    sendEmpty(exchange, 200, { 'x-goog-upload-status': 'active', ...received });
  }
}

function sendRecord(exchange: Exchange, record: ObjectRecord): void {
  exchange.response.setHeader('x-goog-upload-status', 'final');
  exchange.response.setHeader('x-goog-upload-size-received', record.sizeBytes);
  sendJson(exchange, 200, firebaseResource(record));
}

interface Asked extends ObjectPath {
  readonly settings: ObjectSettings;
  readonly sizeBytes: number;
}

/** @returns the preconditions of the write @throws {ApiError} 403 */
function authorize({ params, server }: Exchange, caller: Caller, asked: Asked): Preconditions {
  const preconditions = parsePreconditions(params);
  if (caller.kind === 'admin') return preconditions;
  const { name, settings, sizeBytes } = asked;
  assertAllowed('create', {
    caller,
    name,
    resource: server.objects.find(asked),
    upload: { settings, sizeBytes },
  });
  return { ...preconditions, generationMatch: MUST_NOT_EXIST };
}

const limitOf = (caller: Caller) => (caller.kind === 'admin' ? undefined : MAX_UPLOAD_BYTES);

/**
 * For a user, an existing object and an upload above the limit are refused as by the rules. A full disk is
 * `storage/quota-exceeded`, so that the SDK reports it instead of trying for ten minutes.
 *
 * @throws {ApiError} 402, 403
 */
async function ifAllowed<T>(caller: Caller, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    if (isFullDisk(error)) throw new ApiError(402, 'quotaExceeded', 'No space is left', { cause: error });
    const isRefused = error instanceof ApiError && (error.status === 412 || error.status === 413);
    throw isRefused && caller.kind !== 'admin' ? forbidden('create', { cause: error }) : error;
  }
}

/** 0 without the header. @throws {ApiError} 400 */
function numberIn(exchange: Exchange, name: string): number {
  const text = header(exchange, name) ?? '0';
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(`Expected a number for ${name} but received ${text}`);
}

const header = ({ request }: Exchange, name: string): string | undefined =>
  [request.headers[name] ?? []].flat()[0];

/**
 * Sends the bytes of an object. The content file is opened before the headers are sent, so a later overwrite does not
 * change the answer.
 *
 * An object with content-encoding gzip is decompressed for a client that does not accept gzip. The answer then has status
 * 200 and no length, and a range is ignored.
 * Source: https://cloud.google.com/storage/docs/transcoding
 */

import type { FileHandle } from 'node:fs/promises';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { ApiError, objectNotFound } from './api-error.js';
import type { Exchange } from './exchange.js';
import type { ObjectRecord } from './record.js';
import { etagOf } from './resource.js';

const READ_BYTES = 256 * 1024;

/** Both ends are inclusive. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** @throws {ApiError} 404: the object has been overwritten or deleted in the meantime; 416 */
export async function sendContent(exchange: Exchange, record: ObjectRecord): Promise<void> {
  if (isDecompressed(exchange.request, record)) return sendDecompressed(exchange, record);
  const { request, response } = exchange;
  const range = parseRange(request.headers.range, record.sizeBytes);
  const handle = await openContent(exchange, record);
  try {
    response.writeHead(range ? 206 : 200, { ...contentHeaders(record), ...rangeHeaders(record, range) });
    if (request.method === 'HEAD' || record.sizeBytes === 0) {
      response.end();
      return;
    }
    await stream(exchange, handle, range ?? { start: 0, end: record.sizeBytes - 1 });
  } finally {
    await handle.close();
  }
}

async function sendDecompressed(exchange: Exchange, record: ObjectRecord): Promise<void> {
  const { request, response } = exchange;
  const { 'content-encoding': _gzip, 'accept-ranges': _bytes, ...headers } = contentHeaders(record);
  const handle = await openContent(exchange, record);
  try {
    response.writeHead(200, { ...headers, warning: '214 UploadServer gunzipped', vary: 'Accept-Encoding' });
    if (request.method === 'HEAD') response.end();
    else await pipeline(handle.createReadStream({ autoClose: false }), createGunzip(), response);
  } finally {
    await handle.close();
  }
}

function isDecompressed({ headers }: IncomingMessage, { settings, sizeBytes }: ObjectRecord): boolean {
  if (settings.contentEncoding !== 'gzip' || sizeBytes === 0) return false;
  if (/\bno-transform\b/i.test(settings.cacheControl ?? '')) return false;
  return !/\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/i.test(String(headers['accept-encoding'] ?? ''));
}

async function openContent({ server }: Exchange, record: ObjectRecord): Promise<FileHandle> {
  try {
    return await server.contents.open(record.contentId);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      throw objectNotFound(record.bucket, record.name);
    }
    throw error;
  }
}

async function stream({ response, server }: Exchange, handle: FileHandle, range: ByteRange): Promise<void> {
  const bytes = handle.createReadStream({ ...range, autoClose: false, highWaterMark: READ_BYTES });
  const stage = server.onDownload?.(range.end - range.start + 1);
  await (stage ? pipeline(bytes, stage, response) : pipeline(bytes, response));
}

function contentHeaders(record: ObjectRecord): OutgoingHttpHeaders {
  const { settings, crc32c, md5Hash } = record;
  const chosen = {
    'content-type': settings.contentType,
    'x-goog-storage-class': settings.storageClass,
    'cache-control': settings.cacheControl,
    'content-encoding': settings.contentEncoding,
    'x-goog-stored-content-encoding': settings.contentEncoding,
    'content-language': settings.contentLanguage,
    'content-disposition': settings.contentDisposition,
  };
  return {
    'content-type': 'application/octet-stream',
    'accept-ranges': 'bytes',
    etag: etagOf(record),
    'last-modified': new Date(record.updated).toUTCString(),
    'x-goog-generation': record.generation,
    'x-goog-metageneration': String(record.metageneration),
    'x-goog-hash': `crc32c=${crc32c}${md5Hash === undefined ? '' : `,md5=${md5Hash}`}`,
    'x-goog-storage-class': 'STANDARD',
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-stored-content-length': record.sizeBytes,
    ...sendable(chosen),
    ...sendable(Object.fromEntries(customHeaders(record))),
  };
}

function customHeaders({ settings }: ObjectRecord): [string, string][] {
  return Object.entries(settings.metadata ?? {}).map(([key, value]) => [`x-goog-meta-${key}`, value]);
}

/** Metadata can contain any text. What cannot be a header is only in the JSON API. */
function sendable(headers: Readonly<Record<string, string | undefined>>): OutgoingHttpHeaders {
  const fits = ([key, value]: [string, string | undefined]) =>
    value !== undefined && /^[\w-]+$/.test(key) && /^[\t\x20-\x7e]*$/.test(value);
  return Object.fromEntries(Object.entries(headers).filter(fits));
}

function rangeHeaders({ sizeBytes }: ObjectRecord, range: ByteRange | undefined): OutgoingHttpHeaders {
  if (!range) return { 'content-length': sizeBytes };
  const { start, end } = range;
  return { 'content-length': end - start + 1, 'content-range': `bytes ${start}-${end}/${sizeBytes}` };
}

/**
 * The one range of `Range: bytes=...`. Several ranges or another unit select the whole content, as RFC 9110 allows.
 *
 * @returns undefined for the whole content
 * @throws {ApiError} 416: the content has no byte in the range
 */
function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return undefined;
  const [, first = '', last = ''] = match;
  const start = first === '' ? Math.max(0, sizeBytes - Number(last)) : Number(first);
  const end = first === '' || last === '' ? sizeBytes - 1 : Math.min(Number(last), sizeBytes - 1);
  if (first !== '' && last !== '' && Number(last) < start) return undefined;
  if (start > end) {
    throw new ApiError(416, 'requestedRangeNotSatisfiable', `Expected a range within ${sizeBytes} bytes`);
  }
  return { start, end };
}

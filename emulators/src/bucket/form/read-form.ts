/** Reads a `multipart/form-data` body as a stream: the fields before the file, then the file. Later fields are ignored. */

import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyHeaders, type BusboyInstance } from '@fastify/busboy';
import { ApiError, invalid } from '../api-error.js';
import { rawBodyOf } from '../exchange.js';

const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 64 * 1024;

export interface Form {
  /** By lower-case name. */
  readonly fields: Readonly<Record<string, string>>;
  readonly filename: string;
  readonly file: Readable;
}

/** @throws {ApiError} 400: the body is not a form, or has no field `file` */
export async function readForm(request: IncomingMessage): Promise<Form> {
  const parser = parserOf(request);
  // A field may be called `__proto__`.
  const fields: Record<string, string> = Object.create(null);
  parser.on('field', (name, value) => {
    fields[name.toLowerCase()] = value;
  });
  return new Promise((resolve, reject) => {
    let open: Readable | undefined;
    parser.on('file', (name, file, filename) => {
      file.once('error', () => undefined);
      if (name !== 'file' || open !== undefined) return void file.resume();
      open = file;
      resolve({ fields, filename: filename ?? '', file });
    });
    pipeline(rawBodyOf(request), parser).then(
      () => reject(noFile()),
      (cause: Error) => {
        open?.destroy(cause);
        reject(invalid(`Expected multipart/form-data: ${cause.message}`, { cause }));
      },
    );
  });
}

/** @throws {ApiError} 400: the body ends before the file does. Thrown while the file is read */
export async function* bytesOf({ file }: Form): AsyncGenerator<Buffer> {
  try {
    yield* file.iterator({ destroyOnReturn: false });
  } catch (cause) {
    throw invalid('Expected a complete form but the body ended', { cause });
  }
}

function parserOf({ headers }: IncomingMessage): BusboyInstance {
  try {
    return new Busboy({
      headers: headers as BusboyHeaders,
      limits: { fields: MAX_FIELDS, fieldSize: MAX_FIELD_BYTES },
    });
  } catch (cause) {
    throw invalid(
      `Expected multipart/form-data but received ${headers['content-type'] ?? 'no content type'}`,
      {
        cause,
      },
    );
  }
}

const noFile = () =>
  new ApiError(400, 'incorrectNumberOfFiles', 'POST requires exactly one file upload per request.');

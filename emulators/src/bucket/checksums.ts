/** CRC32C and MD5 of a streamed body, and their comparison with the checksums that the client sent. */

import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { crc32c } from '@node-rs/crc32';
import { invalid } from './api-error.js';

/** Base64 of 4 big-endian bytes (CRC32C) and of 16 bytes (MD5). */
export interface Checksums {
  readonly crc32c: string;
  readonly md5Hash: string;
}

export type ExpectedChecksums = { readonly [K in keyof Checksums]?: string | undefined };

export class Checksummer {
  #crc = 0;
  readonly #md5 = createHash('md5');
  sizeBytes = 0;

  update(chunk: Buffer): void {
    this.#crc = crc32c(chunk, this.#crc);
    this.#md5.update(chunk);
    this.sizeBytes += chunk.length;
  }

  /** May be called once. */
  digest(): Checksums {
    const crc = Buffer.alloc(4);
    crc.writeUInt32BE(this.#crc >>> 0);
    return { crc32c: crc.toString('base64'), md5Hash: this.#md5.digest('base64') };
  }
}

/** @throws {ApiError} 400: the received bytes are not the bytes that the client hashed. */
export function verifyChecksums(actual: Checksums, expected: ExpectedChecksums): void {
  for (const kind of ['crc32c', 'md5Hash'] as const) {
    const wanted = expected[kind];
    if (wanted !== undefined && wanted !== actual[kind]) {
      throw invalid(`Expected ${wanted} for ${kind} but received content with ${actual[kind]}`);
    }
  }
}

/** From `x-goog-hash: crc32c=..., md5=...` (which may be repeated) and `content-md5`. */
export function checksumsFromHeaders(headers: IncomingHttpHeaders): ExpectedChecksums {
  const googHash = [headers['x-goog-hash'] ?? []].flat().join(',');
  const find = (kind: string) => new RegExp(`(?:^|,)\\s*${kind}=([^,\\s]+)`).exec(googHash)?.[1];
  return { crc32c: find('crc32c'), md5Hash: find('md5') ?? [headers['content-md5'] ?? []].flat()[0] };
}

/** A checksum in `first` takes precedence. */
export function mergeExpected(first: ExpectedChecksums, second: ExpectedChecksums): ExpectedChecksums {
  return { crc32c: first.crc32c ?? second.crc32c, md5Hash: first.md5Hash ?? second.md5Hash };
}

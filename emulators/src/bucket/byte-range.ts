/** `Range: bytes=...` of a download, one range; several ranges or another unit mean the whole, as RFC 9110 allows. */

import { ApiError } from './api-error.js';

/** Both ends inclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Undefined for the whole content. @throws {ApiError} 416: no byte of the content is in the range. */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined {
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

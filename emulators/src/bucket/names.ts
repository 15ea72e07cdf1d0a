/**
 * Valid names of buckets and objects. An object name is any text of 1 to 1,024 UTF-8 bytes except for a few that Cloud
 * Storage rejects. It is never used as a path (see contentPath) and never normalised.
 * Source: https://cloud.google.com/storage/docs/objects#naming, https://cloud.google.com/storage/docs/buckets#naming
 */

import { isBucketName } from '@hangtag/shared/domain/identity.js';
import { invalid, required } from './api-error.js';

const MAX_OBJECT_NAME_BYTES = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** @throws {ApiError} 400: Cloud Storage rejects this bucket name. */
export function parseBucketName(value: unknown): string {
  if (typeof value === 'string' && isBucketName(value)) return value;
  throw invalid(`Expected a bucket name but received ${JSON.stringify(value)} of type ${typeof value}`);
}

/** @throws {ApiError} 400: Cloud Storage rejects this object name. */
export function parseObjectName(value: unknown): string {
  if (value === undefined || value === null || value === '') throw required('name');
  if (typeof value !== 'string') throw invalid(`Expected text for name but received type ${typeof value}`);
  const bytes = Buffer.byteLength(value);
  if (bytes > MAX_OBJECT_NAME_BYTES) {
    throw invalid(`Expected at most ${MAX_OBJECT_NAME_BYTES} bytes for name but received ${bytes}`);
  }
  if (/[\r\n]/.test(value)) throw invalid('Expected no carriage return or line feed in name');
  if (LONE_SURROGATE.test(value))
    throw invalid('Expected valid Unicode for name but received a lone surrogate');
  if (value === '.' || value === '..' || value.startsWith('.well-known/acme-challenge/')) {
    throw invalid(`Cloud Storage does not allow the name ${value}`);
  }
  return value;
}

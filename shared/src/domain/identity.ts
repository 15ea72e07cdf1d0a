/**
 * Which document belongs to which object. One (bucket, name) is one document. The id is a digest of both, so no
 * character of a name is ever part of a path.
 */
import { createHash } from 'node:crypto';
import type { Generation } from './generation.js';

export type ImageId = string & { readonly __brand: 'ImageId' };
export type TenantId = string & { readonly __brand: 'TenantId' };

/** One object of a bucket at one generation. */
export interface ObjectVersion {
  readonly bucket: string;
  readonly name: string;
  readonly generation: Generation;
}

export const DEFAULT_TENANT = 'default' as TenantId;

const TENANT_PATH = /^tenants\/([^/]*)\//;
const TENANT_ID = /^[a-zA-Z0-9][a-zA-Z0-9_-]{0,62}$/;

/** base64url(sha256(bucket NUL name)): 43 characters, evenly distributed over the key space. */
export function imageIdOf(bucket: string, name: string): ImageId {
  return createHash('sha256').update(`${bucket}\0${name}`).digest('base64url') as ImageId;
}

/** https://cloud.google.com/storage/docs/buckets#naming */
export function isBucketName(text: string): boolean {
  return /^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]$/.test(text);
}

/** A region of Google Cloud. */
export function isRegion(text: string): boolean {
  return /^[a-z]+-[a-z]+\d{1,2}$/.test(text);
}

/** The tenant whose folder holds an object; `undefined` if no tenant can have that folder, as in `tenants/../x`. */
export function tenantOf(name: string): TenantId | undefined {
  const claimed = TENANT_PATH.exec(name)?.[1];
  if (claimed === undefined) return DEFAULT_TENANT;
  return isTenantId(claimed) ? claimed : undefined;
}

/** `tenants/<id>/` if the name begins with it; otherwise ''. */
export function tenantFolderOf(name: string): string {
  const folder = TENANT_PATH.exec(name);
  return folder?.[1] ? folder[0] : '';
}

/** What the names of all objects of a tenant begin with. Those of the default tenant have nothing in common: ''. */
export function commonPrefixOf(tenant: TenantId): string {
  return tenant === DEFAULT_TENANT ? '' : `tenants/${tenant}/`;
}

/** @throws {TypeError} */
export function parseTenantId(text: string): TenantId {
  if (isTenantId(text)) return text;
  throw new TypeError(`Expected a tenant's id of letters, digits, "-" and "_" but received "${text}"`);
}

export function isTenantId(text: string): text is TenantId {
  return TENANT_ID.test(text);
}

/**
 * Integer fingerprint of (name, generation), 0 to 2^40 - 1. The sum of 8,192 of them, one page, is below 2^53, so
 * Firestore's `sum()` and ours are exactly equal.
 */
export function checkOf(name: string, generation: Generation): number {
  return createHash('sha256').update(`${name}\0${generation}`).digest().readUIntBE(0, 5);
}

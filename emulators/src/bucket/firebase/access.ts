/**
 * The decisions of storage.rules. A row is a condition as it is written there and the same condition here; a test compares
 * the two. An operation is allowed if all its conditions hold. What has no row is denied.
 */

import { tenantFolderOf, tenantOf } from '@hangtag/shared/domain/identity.js';
import { THUMBNAIL_FOLDER } from '@hangtag/shared/domain/thumbnail.js';
import { ApiError } from '../api-error.js';
import type { ObjectRecord, ObjectSettings } from '../record.js';
import type { Caller } from './caller.js';

export type Operation = 'get' | 'list' | 'create' | 'update' | 'delete';

export interface Access {
  readonly caller: Caller;
  /** The name of the object, or the prefix of a list. */
  readonly name: string;
  readonly resource?: ObjectRecord | undefined;
  readonly upload?: { readonly sizeBytes: number; readonly settings: ObjectSettings };
}

export interface Condition {
  readonly rule: string;
  readonly holds: (access: Access) => boolean;
}

/** The limit of HANGTAG_MAX_BYTES: larger images are not labelled. */
export const MAX_UPLOAD_BYTES = 32 * 1024 * 1024;
const IMAGE_TYPE = 'image/(jpeg|png|webp|avif|gif|tiff|bmp|heic|heif)';
/** Metadata keys with an effect that an uploader may not have. */
const RESERVED_KEYS = ['skip', 'hangtag-written-by', 'hangtag-source-generation'];

const uidOf = ({ caller }: Access) => (caller.kind === 'user' ? caller.uid : undefined);
const metadataOf = ({ upload }: Access) => upload?.settings.metadata ?? {};

const isThumbnail = ({ name }: Access) => name.startsWith(`${tenantFolderOf(name)}${THUMBNAIL_FOLDER}`);

const MEMBER: Condition = {
  rule: 'isMember(tenant)',
  holds: ({ caller, name }) =>
    caller.kind === 'user' &&
    caller.tenant !== undefined &&
    name.startsWith(`tenants/${caller.tenant}/`) &&
    caller.tenant === tenantOf(name),
};

export const CONDITIONS: Readonly<Record<Operation, readonly Condition[]>> = {
  get: [
    MEMBER,
    {
      // A member may learn that an object does not exist.
      rule: '(resource == null || resource.metadata.owner == request.auth.uid || isThumbnail(resource))',
      holds: (access) =>
        access.resource === undefined ||
        access.resource.settings.metadata?.['owner'] === uidOf(access) ||
        isThumbnail(access),
    },
  ],
  list: [MEMBER],
  create: [
    MEMBER,
    { rule: 'resource == null', holds: ({ resource }) => resource === undefined },
    { rule: '!isThumbnail(request.resource)', holds: (access) => !isThumbnail(access) },
    {
      rule: `request.resource.size <= ${MAX_UPLOAD_BYTES}`,
      holds: ({ upload }) => upload !== undefined && upload.sizeBytes <= MAX_UPLOAD_BYTES,
    },
    {
      rule: `request.resource.contentType.matches('${IMAGE_TYPE}')`,
      holds: ({ upload }) => new RegExp(`^${IMAGE_TYPE}$`).test(upload?.settings.contentType ?? ''),
    },
    {
      rule: 'request.resource.metadata.owner == request.auth.uid',
      holds: (access) => metadataOf(access)['owner'] === uidOf(access),
    },
    {
      rule: `!request.resource.metadata.keys().hasAny([${RESERVED_KEYS.map((key) => `'${key}'`).join(', ')}])`,
      holds: (access) => RESERVED_KEYS.every((key) => !(key in metadataOf(access))),
    },
  ],
  update: [],
  delete: [],
};

/** @throws {ApiError} 403. The SDK reports it as `storage/unauthorized`. */
export function assertAllowed(operation: Operation, access: Access): void {
  if (access.caller.kind === 'admin') return;
  const conditions = CONDITIONS[operation];
  if (conditions.length === 0 || !conditions.every(({ holds }) => holds(access))) throw forbidden(operation);
}

export const forbidden = (operation: Operation, options?: ErrorOptions): ApiError =>
  new ApiError(403, 'forbidden', `Permission denied. storage.rules do not allow ${operation}.`, options);

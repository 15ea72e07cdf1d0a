/** Records in the format of the JSON API: 64-bit integers as strings, links to this server. */

import type { BucketRecord, EventRecord, ObjectEventType, ObjectRecord } from './record.js';

export interface ObjectResource {
  readonly kind: 'storage#object';
  readonly id: string;
  readonly selfLink: string;
  readonly mediaLink: string;
  readonly name: string;
  readonly bucket: string;
  readonly generation: string;
  readonly metageneration: string;
  readonly size: string;
  readonly crc32c: string;
  readonly md5Hash?: string;
  readonly etag: string;
  readonly storageClass: string;
  readonly timeCreated: string;
  readonly updated: string;
  readonly timeDeleted?: string;
  readonly componentCount?: number;
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** A durable change of an object. */
export interface ObjectEvent {
  /** The same in every delivery. */
  readonly id: string;
  readonly type: ObjectEventType;
  readonly bucket: string;
  readonly name: string;
  /** The time of the change, RFC 3339. */
  readonly time: string;
  readonly resource: ObjectResource;
  readonly attributes: Readonly<Record<string, string>>;
}

export function etagOf(record: ObjectRecord): string {
  return Buffer.from(`${record.generation}/${record.metageneration}`).toString('base64');
}

/** @param baseUrl the address of this server without a trailing slash. */
export function objectResource(record: ObjectRecord, baseUrl: string): ObjectResource {
  const { bucket, name, generation } = record;
  const path = `/b/${encodeURIComponent(bucket)}/o/${encodeURIComponent(name)}`;
  return {
    kind: 'storage#object',
    id: `${bucket}/${name}/${generation}`,
    selfLink: `${baseUrl}/storage/v1${path}`,
    mediaLink: `${baseUrl}/download/storage/v1${path}?generation=${generation}&alt=media`,
    name,
    bucket,
    generation,
    metageneration: String(record.metageneration),
    size: String(record.sizeBytes),
    crc32c: record.crc32c,
    ...(record.md5Hash === undefined ? {} : { md5Hash: record.md5Hash }),
    ...(record.componentCount === undefined ? {} : { componentCount: record.componentCount }),
    ...(record.noncurrentSince === undefined ? {} : { timeDeleted: record.noncurrentSince }),
    etag: etagOf(record),
    timeCreated: record.timeCreated,
    updated: record.updated,
    storageClass: 'STANDARD',
    ...definedOnly(record.settings),
  };
}

/** Without undefined fields: the type allows a missing field but not an undefined one. */
function definedOnly(settings: ObjectRecord['settings']): Partial<ObjectResource> {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
}

export function bucketResource(bucket: BucketRecord, baseUrl: string): object {
  return {
    kind: 'storage#bucket',
    id: bucket.name,
    selfLink: `${baseUrl}/storage/v1/b/${bucket.name}`,
    projectNumber: '0',
    location: 'US',
    locationType: 'multi-region',
    storageClass: 'STANDARD',
    etag: Buffer.from(String(bucket.metageneration)).toString('base64'),
    ...bucket.settings,
    name: bucket.name,
    metageneration: String(bucket.metageneration),
    timeCreated: bucket.timeCreated,
    updated: bucket.updated,
  };
}

export function objectEvent(event: EventRecord, baseUrl: string): ObjectEvent {
  const { id, type, time, record, attributes } = event;
  return {
    id,
    type,
    time,
    attributes,
    bucket: record.bucket,
    name: record.name,
    resource: objectResource(record, baseUrl),
  };
}

import type { Generation } from '../domain/generation.js';
import type { ObjectVersion } from '../domain/identity.js';
import { InputError } from '../errors.js';

/** An object as the bucket lists it. */
export interface StoredObject extends ObjectVersion {
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Base64; empty for composed objects, which have no MD5. */
  readonly md5Hash: string;
  /** Epoch milliseconds at which this generation was finalized. */
  readonly uploadedAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ListPage {
  /** In the order of the names' UTF-8 bytes. */
  readonly objects: readonly StoredObject[];
  /** For the request of the next page; absent on the last page. */
  readonly nextPageToken?: string;
}

export interface ListRequest {
  readonly prefix?: string;
  /** First name to list, inclusive. */
  readonly startOffset?: string;
  readonly pageToken?: string;
  /** Noncurrent generations as well, in a bucket with versioning. */
  readonly versions?: true;
  /** 1 to 1,000. */
  readonly maxResults?: number;
}

export interface WriteRequest {
  readonly contentType?: string;
  readonly metadata?: Readonly<Record<string, string>>;
  /** Write only if this is the live generation; '0': only if the object does not exist. */
  readonly ifGeneration?: Generation;
}

/**
 * Objects in buckets. Every method throws `TransientError` on storage or network failure; `list` and `write` throw
 * `NoSuchBucket` for an unknown bucket. To the other methods an unknown bucket looks like a missing object, because Cloud
 * Storage gives the same answer.
 */
export interface ObjectStore {
  /**
   * The content of this generation, at most `maxBytes`. The content of a gzip-encoded object is unzipped.
   *
   * @returns undefined if the generation does not exist
   * @throws {ImageError} too-many-bytes; for gzip content also truncated or corrupt
   * @throws {TransientError} `signal` was aborted
   */
  read(version: ObjectVersion, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  stat(bucket: string, name: string): Promise<StoredObject | undefined>;
  list(bucket: string, request: ListRequest): Promise<ListPage>;
  /** @returns the new generation; `undefined` if the precondition failed */
  write(
    object: { bucket: string; name: string; bytes: Uint8Array },
    request?: WriteRequest,
  ): Promise<Generation | undefined>;
  /** Idempotent: a missing generation is no error. */
  remove(version: ObjectVersion): Promise<void>;
}

/** The bucket does not exist. This is an error of the configuration, not of the network. */
export class NoSuchBucket extends InputError {}

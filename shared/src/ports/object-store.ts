import type { Generation } from '../domain/generation.js';
import type { ObjectVersion } from '../domain/identity.js';
import { InputError } from '../errors.js';

/** An object as the bucket lists it. */
export interface StoredObject extends ObjectVersion {
  /** Bytes. */
  readonly size: number;
  readonly contentType: string;
  /** Base64; empty for composed objects, which have none. */
  readonly md5Hash: string;
  /** Epoch milliseconds at which this generation was finalized. */
  readonly uploadedAt: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface ListPage {
  /** In the order of the names' UTF-8 bytes. */
  readonly objects: readonly StoredObject[];
  /** Hand it back for the next page; absent on the last. */
  readonly nextPageToken?: string;
}

export interface ListRequest {
  readonly prefix?: string;
  /** First name listed, inclusive. */
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
  /** Write only where this is the live generation; '0': only where there is none. */
  readonly ifGeneration?: Generation;
}

/**
 * Buckets. Every method throws `TransientError` on storage or network failure; `list` and `write` throw `NoSuchBucket`
 * on an unknown bucket. The others find nothing in it: the answer to them does not tell which of the two is missing.
 */
export interface ObjectStore {
  /**
   * The content of this generation, at most `maxBytes`. The content of a gzip-encoded object is unzipped.
   *
   * @returns undefined where the generation is gone
   * @throws {ImageError} too-many-bytes; for gzip content also truncated or corrupt
   * @throws {TransientError} `signal` has fired
   */
  read(version: ObjectVersion, maxBytes: number, signal?: AbortSignal): Promise<Uint8Array | undefined>;
  stat(bucket: string, name: string): Promise<StoredObject | undefined>;
  list(bucket: string, request: ListRequest): Promise<ListPage>;
  /** @returns the new generation, or `undefined` where the precondition failed */
  write(
    object: { bucket: string; name: string; bytes: Uint8Array },
    request?: WriteRequest,
  ): Promise<Generation | undefined>;
  /** Idempotent: a generation that is gone already is no error. */
  remove(version: ObjectVersion): Promise<void>;
}

/** The request names a bucket that does not exist. A fault of configuration, not of the network. */
export class NoSuchBucket extends InputError {}

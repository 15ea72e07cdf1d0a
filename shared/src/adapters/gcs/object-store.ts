import type { FileMetadata, Storage } from '@google-cloud/storage';
import { type Generation, parseGeneration } from '../../domain/generation.js';
import type { ObjectVersion } from '../../domain/identity.js';
import { ImageError } from '../../errors.js';
import {
  type ListPage,
  type ListRequest,
  NoSuchBucket,
  type ObjectStore,
  type StoredObject,
  type WriteRequest,
} from '../../ports/object-store.js';
import { download } from './download.js';
import { HTTP, statusOf, transientOr } from './http-outcome.js';
import { unzip } from './unzip.js';

export class GcsObjectStore implements ObjectStore {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async read(
    version: ObjectVersion,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    const { bucket, name } = version;
    try {
      const downloaded = await download(this.#storage, version, { maxBytes, signal });
      if (downloaded === undefined) return undefined;
      const { content, isGzip } = downloaded;
      return isGzip ? await unzip(content, maxBytes, name) : content;
    } catch (error) {
      if (error instanceof ImageError) throw error;
      throw transientOr(error, `read ${bucket}/${name}`);
    }
  }

  async stat(bucket: string, name: string): Promise<StoredObject | undefined> {
    try {
      const [metadata] = await this.#storage.bucket(bucket).file(name).getMetadata();
      return storedObject(bucket, metadata);
    } catch (error) {
      if (statusOf(error) === HTTP.notFound) return undefined;
      throw transientOr(error, `look up ${bucket}/${name}`);
    }
  }

  async list(bucket: string, request: ListRequest): Promise<ListPage> {
    try {
      const [files, next] = await this.#storage.bucket(bucket).getFiles({ ...request, autoPaginate: false });
      const objects = files.map((file) => storedObject(bucket, file.metadata));
      const nextPageToken = (next as { pageToken?: string } | null)?.pageToken;
      return nextPageToken === undefined ? { objects } : { objects, nextPageToken };
    } catch (error) {
      if (statusOf(error) === HTTP.notFound) throw noSuchBucket(bucket, error);
      throw transientOr(error, `list ${bucket}`);
    }
  }

  async write(
    { bucket, name, bytes }: { bucket: string; name: string; bytes: Uint8Array },
    { contentType, metadata, ifGeneration }: WriteRequest = {},
  ): Promise<Generation | undefined> {
    const file = this.#storage.bucket(bucket).file(name);
    try {
      await file.save(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), {
        resumable: false,
        metadata: { ...(contentType && { contentType }), ...(metadata && { metadata: { ...metadata } }) },
        ...(ifGeneration !== undefined && { preconditionOpts: { ifGenerationMatch: ifGeneration } }),
      });
      return parseGeneration(file.metadata.generation);
    } catch (error) {
      if (statusOf(error) === HTTP.preconditionFailed) return undefined;
      if (statusOf(error) === HTTP.notFound) throw noSuchBucket(bucket, error);
      throw transientOr(error, `write ${bucket}/${name}`);
    }
  }

  async remove({ bucket, name, generation }: ObjectVersion): Promise<void> {
    try {
      await this.#storage.bucket(bucket).file(name, { generation }).delete({ ignoreNotFound: true });
    } catch (error) {
      throw transientOr(error, `delete ${bucket}/${name}`);
    }
  }
}

function noSuchBucket(bucket: string, cause: unknown): NoSuchBucket {
  return new NoSuchBucket(`Expected an existing bucket but received "${bucket}"`, { cause });
}

function storedObject(bucket: string, metadata: FileMetadata): StoredObject {
  return {
    bucket,
    name: metadata.name ?? '',
    generation: parseGeneration(metadata.generation),
    size: Number(metadata.size ?? 0),
    contentType: metadata.contentType ?? '',
    md5Hash: metadata.md5Hash ?? '',
    uploadedAt: Date.parse(metadata.timeCreated ?? ''),
    metadata: metadataOf(metadata.metadata),
  };
}

function metadataOf(metadata: FileMetadata['metadata']): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata ?? {}).map(([key, value]) => [key, String(value)]));
}

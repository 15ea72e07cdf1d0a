import type { Readable } from 'node:stream';
import type { FileMetadata, Storage } from '@google-cloud/storage';
import { type Generation, parseGeneration } from '../../domain/generation.js';
import type { ObjectVersion } from '../../domain/identity.js';
import { ImageError, TransientError } from '../../errors.js';
import {
  type ListPage,
  type ListRequest,
  NoSuchBucket,
  type ObjectStore,
  type StoredObject,
  type WriteRequest,
} from '../../ports/object-store.js';
import { HTTP, statusOf, transientOr } from './http-outcome.js';
import { unzip } from './unzip.js';

/** The longest wait for the first bytes of a download, in which the client retries. */
const FIRST_BYTES_MS = 20_000;
/** The longest wait between bytes of a download. */
const SILENCE_MS = 5_000;

/** The part of a response that says how the object is stored. */
interface DownloadHead {
  readonly headers: Readonly<Record<string, unknown>>;
}

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
    const { bucket, name, generation } = version;
    if (signal?.aborted) throw givenUp(name, signal);
    // The client checks the CRC32C of the stored bytes. Its own decompression has no limit.
    const stream = this.#storage
      .bucket(bucket)
      .file(name, { generation })
      .createReadStream({ decompress: false });
    let encoding: unknown;
    stream.once('response', ({ headers }: DownloadHead) => {
      encoding = headers['content-encoding'];
    });
    const abort = () => stream.destroy(givenUp(name, signal));
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const content = await collect(stream, maxBytes, name);
      return encoding === 'gzip' ? await unzip(content, maxBytes, name) : content;
    } catch (error) {
      if (error instanceof ImageError) throw error;
      if (statusOf(error) === HTTP.notFound) return undefined;
      throw transientOr(error, `read ${bucket}/${name}`);
    } finally {
      signal?.removeEventListener('abort', abort);
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

/** @throws {ImageError} too-many-bytes; the stream is destroyed then */
async function collect(stream: Readable, maxBytes: number, name: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let silence = failAfter(FIRST_BYTES_MS, stream, name);
  try {
    for await (const chunk of stream) {
      clearTimeout(silence);
      silence = failAfter(SILENCE_MS, stream, name);
      length += chunk.length;
      if (length > maxBytes) {
        throw new ImageError(
          'too-many-bytes',
          `Expected at most ${maxBytes} bytes for ${name} but received more`,
        );
      }
      chunks.push(chunk);
    }
    return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
  } finally {
    clearTimeout(silence);
  }
}

/**
 * When a connection breaks in the middle of a body, the client (7.22, over node-fetch 2) neither ends nor fails its stream:
 * the reader would wait for ever, and occupy a slot of the function.
 */
function failAfter(limitMs: number, stream: Readable, name: string): NodeJS.Timeout {
  const failure = () => new Error(`Expected bytes of ${name} within ${limitMs} ms but received none`);
  return setTimeout(() => stream.destroy(failure()), limitMs);
}

function givenUp(name: string, signal: AbortSignal | undefined): TransientError {
  return new TransientError(`Gave up reading ${name}`, { cause: signal?.reason });
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

import { createHash } from 'node:crypto';
import type { Generation } from '../../domain/generation.js';
import type { ObjectVersion } from '../../domain/identity.js';
import { compareUtf8 } from '../../domain/utf8-order.js';
import { ImageError, TransientError } from '../../errors.js';
import type { Clock } from '../../ports/clock.js';
import {
  type ListPage,
  type ListRequest,
  NoSuchBucket,
  type ObjectStore,
  type StoredObject,
  type WriteRequest,
} from '../../ports/object-store.js';

interface Content {
  readonly object: StoredObject;
  readonly bytes: Uint8Array;
}

/** Behaves as Cloud Storage without versioning: an overwritten or deleted generation is gone at once. */
export class MemoryObjectStore implements ObjectStore {
  readonly #buckets = new Map<string, Map<string, Content>>();
  readonly #clock: Clock;
  #generation = 0n;

  constructor(clock: Clock, buckets: Iterable<string>) {
    this.#clock = clock;
    for (const bucket of buckets) this.#buckets.set(bucket, new Map());
  }

  async read(
    version: ObjectVersion,
    maxBytes: number,
    signal?: AbortSignal,
  ): Promise<Uint8Array | undefined> {
    if (signal?.aborted) {
      throw new TransientError(`Gave up reading ${version.name}`, { cause: signal.reason });
    }
    const content = this.#buckets.get(version.bucket)?.get(version.name);
    if (content?.object.generation !== version.generation) return undefined;
    if (content.bytes.length > maxBytes) {
      throw new ImageError('too-many-bytes', `Expected at most ${maxBytes} bytes for ${version.name}`);
    }
    return content.bytes;
  }

  async stat(bucket: string, name: string): Promise<StoredObject | undefined> {
    return this.#buckets.get(bucket)?.get(name)?.object;
  }

  async list(bucket: string, request: ListRequest): Promise<ListPage> {
    const { prefix = '', startOffset = '', pageToken, maxResults = 1000 } = request;
    const names = [...this.#bucket(bucket).values()]
      .map(({ object }) => object)
      .filter(({ name }) => name.startsWith(prefix) && compareUtf8(name, startOffset) >= 0)
      .filter(({ name }) => pageToken === undefined || compareUtf8(name, pageToken) > 0)
      .sort((a, b) => compareUtf8(a.name, b.name));
    const objects = names.slice(0, maxResults);
    const last = objects.at(-1);
    return names.length > objects.length && last ? { objects, nextPageToken: last.name } : { objects };
  }

  async write(
    { bucket, name, bytes }: { bucket: string; name: string; bytes: Uint8Array },
    { contentType = 'application/octet-stream', metadata = {}, ifGeneration }: WriteRequest = {},
  ): Promise<Generation | undefined> {
    const objects = this.#bucket(bucket);
    const live = objects.get(name)?.object.generation ?? '0';
    if (ifGeneration !== undefined && ifGeneration !== live) return undefined;
    const uploadedAt = this.#clock.now();
    const generation = this.#nextGeneration(uploadedAt);
    const md5Hash = createHash('md5').update(bytes).digest('base64');
    const size = bytes.length;
    const object = { bucket, name, generation, size, contentType, md5Hash, uploadedAt, metadata };
    objects.set(name, { object, bytes: bytes.slice() });
    return generation;
  }

  async remove({ bucket, name, generation }: ObjectVersion): Promise<void> {
    const objects = this.#buckets.get(bucket);
    if (objects?.get(name)?.object.generation === generation) objects.delete(name);
  }

  #bucket(name: string): Map<string, Content> {
    const bucket = this.#buckets.get(name);
    if (bucket === undefined) throw new NoSuchBucket(`Expected an existing bucket but received "${name}"`);
    return bucket;
  }

  /** Microseconds of the clock, as in production, and always higher than the last one. */
  #nextGeneration(nowMs: number): Generation {
    const byClock = BigInt(nowMs) * 1000n;
    this.#generation = byClock > this.#generation ? byClock : this.#generation + 1n;
    return String(this.#generation) as Generation;
  }
}

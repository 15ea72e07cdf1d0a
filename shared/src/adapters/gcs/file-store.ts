import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type { Bucket, File } from '@google-cloud/storage';
import { WRITTEN_BY_KEY } from '../../domain/admission.js';
import type { FileSink, FileStore } from '../../ports/file-store.js';
import { HTTP, statusOf, transientOr } from './http-outcome.js';

/** Bytes of one file that are in memory. Resumable uploads need a multiple of 256 KiB. */
const CHUNK_BYTES = 256 * 1024;

/** Resumable uploads: an object exists from its last byte on, and an upload that is not completed leaves none. */
export class GcsFileStore implements FileStore {
  readonly #bucket: Bucket;

  constructor(bucket: Bucket) {
    this.#bucket = bucket;
  }

  create(name: string, contentType: string): FileSink {
    return new GcsFileSink(this.#bucket.file(name), contentType);
  }

  async read(name: string): Promise<string | undefined> {
    try {
      const [bytes] = await this.#bucket.file(name).download();
      return bytes.toString();
    } catch (error) {
      if (statusOf(error) === HTTP.notFound) return undefined;
      throw transientOr(error, `read ${name}`);
    }
  }

  async remove(name: string): Promise<void> {
    try {
      await this.#bucket.file(name).delete({ ignoreNotFound: true });
    } catch (error) {
      throw transientOr(error, `delete ${name}`);
    }
  }
}

class GcsFileSink implements FileSink {
  readonly #file: File;
  readonly #hash = createHash('md5');
  readonly #upload: ReturnType<File['createWriteStream']>;
  readonly #done: Promise<void>;

  constructor(file: File, contentType: string) {
    this.#file = file;
    this.#upload = file.createWriteStream({
      resumable: true,
      chunkSize: CHUNK_BYTES,
      metadata: { contentType, cacheControl: 'no-cache', metadata: { [WRITTEN_BY_KEY]: 'report' } },
    });
    this.#done = finished(this.#upload);
    // The next `write` or `close` reports the failure: as an unhandled rejection it would end the process.
    this.#done.catch(() => undefined);
  }

  async write(text: string): Promise<void> {
    this.#hash.update(text);
    if (this.#upload.write(text)) return;
    try {
      await once(this.#upload, 'drain');
    } catch (error) {
      throw transientOr(error, `write ${this.#file.name}`);
    }
  }

  async close(): Promise<'written' | 'unchanged'> {
    try {
      if ((await this.#storedHash()) === this.#hash.digest('base64')) {
        this.abort();
        return 'unchanged';
      }
      this.#upload.end();
      await this.#done;
      return 'written';
    } catch (error) {
      throw transientOr(error, `write ${this.#file.name}`);
    }
  }

  abort(): void {
    this.#upload.destroy();
  }

  async #storedHash(): Promise<string | undefined> {
    try {
      const [metadata] = await this.#file.getMetadata();
      return metadata.md5Hash;
    } catch (error) {
      if (statusOf(error) === HTTP.notFound) return undefined;
      throw error;
    }
  }
}

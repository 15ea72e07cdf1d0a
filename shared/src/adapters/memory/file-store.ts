import { createHash } from 'node:crypto';
import { WRITTEN_BY_KEY } from '../../domain/admission.js';
import type { FileSink, FileStore } from '../../ports/file-store.js';
import type { ObjectStore } from '../../ports/object-store.js';

/** Files in a bucket of any `ObjectStore`. Each is kept in memory until it is closed: for tests and small reports. */
export class MemoryFileStore implements FileStore {
  readonly #objects: ObjectStore;
  readonly #bucket: string;

  constructor(objects: ObjectStore, bucket: string) {
    this.#objects = objects;
    this.#bucket = bucket;
  }

  create(name: string, contentType: string): FileSink {
    let pieces: string[] = [];
    return {
      write: async (text) => {
        pieces.push(text);
      },
      close: async () => {
        const bytes = Buffer.from(pieces.join(''));
        const existing = await this.#objects.stat(this.#bucket, name);
        if (existing?.md5Hash === createHash('md5').update(bytes).digest('base64')) return 'unchanged';
        const metadata = { [WRITTEN_BY_KEY]: 'report' };
        await this.#objects.write({ bucket: this.#bucket, name, bytes }, { contentType, metadata });
        return 'written';
      },
      abort: () => {
        pieces = [];
      },
    };
  }

  async read(name: string): Promise<string | undefined> {
    const object = await this.#objects.stat(this.#bucket, name);
    const bytes = object && (await this.#objects.read(object, Number.MAX_SAFE_INTEGER));
    return bytes && Buffer.from(bytes).toString();
  }

  async remove(name: string): Promise<void> {
    const existing = await this.#objects.stat(this.#bucket, name);
    if (existing !== undefined) await this.#objects.remove(existing);
  }
}

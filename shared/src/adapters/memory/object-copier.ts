import type { ObjectVersion } from '../../domain/identity.js';
import type { CopyRequest, ObjectCopier } from '../../ports/object-copier.js';
import type { MemoryObjectStore } from './object-store.js';

export class MemoryObjectCopier implements ObjectCopier {
  readonly #objects: MemoryObjectStore;

  constructor(objects: MemoryObjectStore) {
    this.#objects = objects;
  }

  async copy(source: ObjectVersion, { name, ...request }: CopyRequest) {
    const { bucket } = source;
    const bytes = await this.#objects.read(source, Number.MAX_SAFE_INTEGER);
    if (bytes === undefined) return 'gone';
    return (await this.#objects.write({ bucket, name, bytes }, request)) === undefined ? 'taken' : 'copied';
  }
}

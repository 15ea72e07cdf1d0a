import type { Storage } from '@google-cloud/storage';
import type { ObjectVersion } from '../../domain/identity.js';
import type { CopyRequest, ObjectCopier } from '../../ports/object-copier.js';
import { HTTP, statusOf, transientOr } from './http-outcome.js';

export class GcsObjectCopier implements ObjectCopier {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async copy({ bucket: bucketName, name, generation }: ObjectVersion, request: CopyRequest) {
    const bucket = this.#storage.bucket(bucketName);
    const target = bucket.file(request.name);
    try {
      await bucket.file(name, { generation }).copy(target, {
        contentType: request.contentType,
        metadata: { ...request.metadata },
        preconditionOpts: { ifGenerationMatch: request.ifGeneration },
      });
      return 'copied';
    } catch (error) {
      if (statusOf(error) === HTTP.notFound) return 'gone';
      if (statusOf(error) === HTTP.preconditionFailed) return 'taken';
      throw transientOr(error, `copy ${bucketName}/${name}`);
    }
  }
}

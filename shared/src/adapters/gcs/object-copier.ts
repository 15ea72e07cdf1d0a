import type { FileMetadata, Storage } from '@google-cloud/storage';
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
    const source = bucket.file(name, { generation });
    try {
      const [sourceMetadata] = await source.getMetadata();
      await source.copy(bucket.file(request.name), {
        ...headersOf(sourceMetadata),
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

const HEADERS = ['cacheControl', 'contentDisposition', 'contentEncoding', 'contentLanguage'] as const;

/** If metadata is given for a copy, none is copied from the source. Without the encoding, gzip content could not be read. */
function headersOf(metadata: FileMetadata): Partial<Record<(typeof HEADERS)[number], string>> {
  const present = HEADERS.flatMap((key) => (metadata[key] ? [[key, metadata[key]]] : []));
  return Object.fromEntries(present);
}

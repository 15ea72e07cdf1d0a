import type { ImageCatalog } from '@hangtag/shared/ports/image-catalog.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore } from '@hangtag/shared/ports/record-store.js';
import type { SimilarItems } from '@hangtag/shared/ports/similar-items.js';
import type { UrlSigner } from '@hangtag/shared/ports/url-signer.js';

/** What the routes of images stand on. */
export interface ImagePorts {
  readonly catalog: ImageCatalog;
  readonly similar: SimilarItems;
  readonly signer: UrlSigner;
  readonly records: RecordStore;
  readonly objects: ObjectStore;
}

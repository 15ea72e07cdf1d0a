import type { CatalogImage, CatalogPlace, CatalogQuery, ImageCatalog } from '../../ports/image-catalog.js';
import type { MemoryRecordStore } from './record-store.js';

export class MemoryImageCatalog implements ImageCatalog {
  readonly #records: Pick<MemoryRecordStore, 'entries'>;

  constructor(records: Pick<MemoryRecordStore, 'entries'>) {
    this.#records = records;
  }

  async *newest({ tenant, after }: CatalogQuery): AsyncIterable<CatalogImage> {
    const images = [...this.#records.entries()]
      .filter(({ key }) => key.tenant === tenant)
      .map(({ key, record }) => ({ imageId: key.imageId, record }))
      .sort((one, other) => order(placeOf(one), placeOf(other)));
    yield* after === undefined ? images : images.filter((each) => order(after, placeOf(each)) < 0);
  }
}

function placeOf({ imageId, record }: CatalogImage): CatalogPlace {
  return { uploadedAt: record.uploadedAt, imageId };
}

/** Negative if `one` comes first. */
function order(one: CatalogPlace, other: CatalogPlace): number {
  if (one.uploadedAt !== other.uploadedAt) return other.uploadedAt - one.uploadedAt;
  if (one.imageId === other.imageId) return 0;
  return one.imageId > other.imageId ? -1 : 1;
}

import type { ImageId, TenantId } from '../domain/identity.js';
import type { ImageFilter } from '../domain/image-filter.js';
import type { ImageRecord } from '../domain/record.js';

export interface CatalogImage {
  readonly imageId: ImageId;
  readonly record: ImageRecord;
}

/** The place of an image in the catalogue: two images of one instant are ordered by their ids. */
export interface CatalogPlace {
  /** Epoch milliseconds. */
  readonly uploadedAt: number;
  readonly imageId: ImageId;
}

export interface CatalogQuery {
  readonly tenant: TenantId;
  readonly filter: ImageFilter;
  /** The images after this place, which need not exist any more. */
  readonly after?: CatalogPlace | undefined;
  /** Records that are read together at first. */
  readonly pageSize: number;
}

/** The images of a tenant. */
export interface ImageCatalog {
  /**
   * The latest upload first. Images that arrive meanwhile come before all others, so they shift none. The database
   * cannot decide every part of a filter: the caller tests each image with `isMatch`.
   *
   * @throws {TransientError}
   */
  newest(query: CatalogQuery): AsyncIterable<CatalogImage>;
}

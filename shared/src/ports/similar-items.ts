import type { TenantId } from '../domain/identity.js';
import type { CatalogImage } from './image-catalog.js';

export interface SimilarQuery {
  readonly tenant: TenantId;
  /** Of the image that others are compared with, which is found too. */
  readonly vector: readonly number[];
  /** Vectors of another backbone cannot be compared. */
  readonly backbone: string;
  /** Only images of this owner. */
  readonly owner?: string | undefined;
  /** 1 to 1000. */
  readonly limit: number;
}

export interface SimilarImage extends CatalogImage {
  /** Dot product of the vectors: nearly the cosine of the embeddings, -1 to 1. */
  readonly similarity: number;
}

/** Images that look alike. */
export interface SimilarItems {
  /**
   * The images with the largest similarity, the largest first, of those that the bucket holds.
   *
   * @throws {TransientError}
   */
  nearest(query: SimilarQuery): Promise<readonly SimilarImage[]>;
}

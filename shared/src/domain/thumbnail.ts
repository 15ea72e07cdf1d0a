/** A small picture beside each labelled image, for lists. An object of its own for each generation, so it never changes. */
export const THUMBNAIL_TYPE = 'image/webp';

/** The folder of a tenant that clients cannot write: storage.rules. */
export const THUMBNAIL_FOLDER = 'thumbnails/';

export function thumbnailNameOf({
  tenant,
  imageId,
  generation,
}: Readonly<Record<'tenant' | 'imageId' | 'generation', string>>): string {
  return `tenants/${tenant}/${THUMBNAIL_FOLDER}${imageId}-${generation}.webp`;
}

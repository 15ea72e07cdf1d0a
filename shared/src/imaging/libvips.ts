import sharp from 'sharp';

/**
 * The one place that imports sharp for reading pictures.
 *
 * - The operation cache is off: no two pictures are alike, so it would only hold memory.
 * - One thread a picture: shrink-on-load leaves little to share out, and processes are the unit of parallelism.
 */
sharp.cache(false);
sharp.concurrency(1);

const LOADERS_IN_USE = [
  'VipsForeignLoadJpeg',
  'VipsForeignLoadPng',
  'VipsForeignLoadWebp',
  'VipsForeignLoadNsgif',
  'VipsForeignLoadTiff',
  'VipsForeignLoadHeif',
];

/**
 * Blocks every loader of libvips but those in use: SVG, CSV and VIPS' own format cannot be reached, whatever the bytes
 * say. Ultra HDR is blocked as well, so that such a JPEG opens as the plain JPEG that it also is. For the whole
 * process and for good, so a program calls it, and no library: one that draws SVG needs what this takes away.
 */
export function lockLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS_IN_USE });
}

export { sharp };

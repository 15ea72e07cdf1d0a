import sharp from 'sharp';

/**
 * The one place that imports sharp for reading pictures.
 *
 * - The operation cache is off: pictures do not repeat, so it would only use memory.
 * - One thread for each picture: after shrink-on-load there is little work to divide, and processes run in parallel.
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
 * Blocks every loader of libvips but those in use: SVG, CSV and VIPS' own format cannot be used for any input. Ultra HDR is blocked as
 * well, so that such a JPEG opens as the plain JPEG that it also is. This applies to the whole process and cannot be undone, so only
 * programs call it, not libraries: a program that draws SVG needs it.
 */
export function lockLoaders(): void {
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS_IN_USE });
}

export { sharp };

import sharp from 'sharp';

/**
 * The one place that imports sharp, so that no picture meets libvips before it is locked down:
 *
 * - Every loader is blocked, then exactly those in use are unblocked: SVG, PDF, ImageMagick, CSV and
 *   VIPS' own formats cannot be reached, whatever the bytes say. Ultra HDR stays blocked as well, so
 *   that such a JPEG opens as the plain JPEG that it also is.
 * - The operation cache is off: no two pictures are alike, so it only holds memory.
 * - One thread a picture: shrink-on-load leaves little to share out, and processes are the unit of parallelism.
 */
sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({
  operation: [
    'VipsForeignLoadJpeg',
    'VipsForeignLoadPng',
    'VipsForeignLoadWebp',
    'VipsForeignLoadNsgif',
    'VipsForeignLoadTiff',
    'VipsForeignLoadHeif',
  ],
});
sharp.cache(false);
sharp.concurrency(1);

export { sharp };

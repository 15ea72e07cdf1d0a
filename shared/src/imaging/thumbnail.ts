import type { Thumbnailer } from '../ports/thumbnailer.js';
import { decodeImage, type Target } from './decode.js';
import { sharp } from './libvips.js';
import { DEFAULT_LIMITS } from './limits.js';

/** The whole picture, at twice the size it is shown at: 2 to 5 kB. */
const TARGET: Target = { width: 240, height: 240, fit: 'pad', kernel: 'lanczos3' };
const QUALITY = 62;

export const webpThumbnailer: Thumbnailer = {
  async thumbnail(image) {
    const { width, height, pixels } = await decodeImage(image, TARGET, DEFAULT_LIMITS);
    return sharp(pixels, { raw: { width, height, channels: 3 } })
      .webp({ quality: QUALITY, effort: 4 })
      .toBuffer();
  },
};

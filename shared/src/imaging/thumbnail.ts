import { decodeImage, type Target } from './decode.js';
import { sharp } from './libvips.js';
import { THUMBNAIL_LIMITS } from './limits.js';

/** The whole picture, at twice the size that it is shown at: 2 to 5 kB. */
const TARGET: Target = { width: 240, height: 240, fit: 'pad', kernel: 'lanczos3' };
const QUALITY = 62;

/** Decodes in this process: for untrusted pictures use `IsolatedThumbnailer`. @throws {ImageError} the bytes are at fault */
export async function webpThumbnail(image: Uint8Array): Promise<Uint8Array> {
  const { width, height, pixels } = await decodeImage(image, TARGET, THUMBNAIL_LIMITS);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .webp({ quality: QUALITY, effort: 4 })
    .toBuffer();
}

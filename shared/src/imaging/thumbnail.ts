import { decodeImage, type Target } from './decode.js';
import { sharp } from './libvips.js';
import { type ImageLimits, type Size, THUMBNAIL_LIMITS } from './limits.js';

/** For lists of the page, whose tiles are at most this wide on a screen with two pixels for each. */
const LONGEST_SIDE = 320;

/** For reports: the whole picture, at twice the size that it is shown at: 2 to 5 kB. */
const TARGET: Target = { width: 240, height: 240, fit: 'pad', kernel: 'lanczos3' };
const QUALITY = 62;

/**
 * The whole picture in its own shape, 5 to 12 kB. The fastest encoder: it takes a third of the time of the default one, for a
 * quarter more bytes.
 * @param source size of the whole picture, upright
 * @throws {ImageError} the bytes are at fault
 */
export async function listThumbnail(
  image: Uint8Array,
  { width, height }: Size,
  limits: ImageLimits,
): Promise<Uint8Array> {
  const scale = Math.min(1, LONGEST_SIDE / Math.max(width, height));
  const sideOf = (pixels: number) => Math.max(1, Math.round(pixels * scale));
  const target: Target = { width: sideOf(width), height: sideOf(height), fit: 'squash', kernel: 'cubic' };
  const { pixels } = await decodeImage(image, target, limits);
  return sharp(pixels, { raw: { width: target.width, height: target.height, channels: 3 } })
    .webp({ quality: 70, effort: 0 })
    .toBuffer();
}

/** Decodes in this process: for untrusted pictures use `IsolatedThumbnailer`. @throws {ImageError} the bytes are at fault */
export async function webpThumbnail(image: Uint8Array): Promise<Uint8Array> {
  const { width, height, pixels } = await decodeImage(image, TARGET, THUMBNAIL_LIMITS);
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .webp({ quality: QUALITY, effort: 4 })
    .toBuffer();
}

import type { OutputInfo, Sharp } from 'sharp';
import { ImageError } from '../errors.js';
import { openBmp } from './bmp.js';
import { type Format, sniffFormat } from './format.js';
import { openHeic } from './heic.js';
import { sharp } from './libvips.js';
import { assertBytes, assertPixels, type ImageLimits, type Size } from './limits.js';
import { lacksItsEnd } from './truncation.js';

/** How a picture is brought to the size that a model wants. */
export interface Target extends Size {
  /** `squash` ignores the aspect ratio, `cover` crops at the centre, `pad` fills up with white. */
  readonly fit: 'squash' | 'cover' | 'pad';
  readonly kernel: 'linear' | 'cubic' | 'lanczos3';
}

/** Interleaved 8-bit sRGB, `width * height * 3` bytes, row by row from the top left. */
export interface RgbImage extends Size {
  readonly pixels: Uint8Array;
}

/** A picture whose header has been read, and nothing more. */
export interface OpenedImage extends Size {
  /** Lends a pipeline of its pixels: upright, but neither resized nor converted yet. */
  readonly read: <T>(use: (pipeline: Sharp) => Promise<T>) => Promise<T>;
}

const SHARP_FIT = { squash: 'fill', cover: 'cover', pad: 'contain' } as const;
const WHITE = { r: 255, g: 255, b: 255 };

/**
 * Encoded bytes to the pixels of one upright, opaque sRGB picture of the target's size: the first frame, its
 * Exif orientation applied, its colour profile converted, its transparency laid on white.
 * @throws {ImageError} the bytes are at fault; the code says how.
 */
export async function decodeImage(bytes: Uint8Array, target: Target, limits: ImageLimits): Promise<RgbImage> {
  assertBytes(bytes, limits);
  const format = sniffFormat(bytes);
  const rendered = await blaming(format, bytes, async () => {
    const image = await OPENERS[format](bytes, limits);
    assertPixels(image, limits.maxPixels);
    return image.read((pipeline) => render(pipeline, target));
  });
  return assertRgb(rendered, target);
}

const OPENERS: Readonly<Record<Format, (bytes: Uint8Array, limits: ImageLimits) => Promise<OpenedImage>>> = {
  jpeg: openWithLibvips,
  png: openWithLibvips,
  webp: openWithLibvips,
  gif: openWithLibvips,
  tiff: openWithLibvips,
  avif: openWithLibvips,
  bmp: openBmp,
  heic: openHeic,
};

async function openWithLibvips(bytes: Uint8Array, limits: ImageLimits): Promise<OpenedImage> {
  // The header is read without sharp's own pixel limit: ours answers with the size that it found.
  const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
  return {
    width,
    height,
    read: (use) =>
      use(
        sharp(bytes, {
          failOn: 'error',
          limitInputPixels: limits.maxPixels,
          sequentialRead: true,
          autoOrient: true,
        }),
      ),
  };
}

interface Rendered {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

function render(pipeline: Sharp, { width, height, fit, kernel }: Target): Promise<Rendered> {
  return pipeline
    .resize(width, height, { fit: SHARP_FIT[fit], kernel, background: WHITE })
    .flatten({ background: WHITE })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' })
    .toBuffer({ resolveWithObject: true });
}

function assertRgb({ data, info }: Rendered, { width, height }: Target): RgbImage {
  if (info.width !== width || info.height !== height || info.channels !== 3) {
    throw new TypeError(
      `Expected ${width} x ${height} x 3 for pixels but received ${info.width} x ${info.height} x ${info.channels}`,
    );
  }
  return { width, height, pixels: data };
}

/** Whatever a decoder throws is the picture's fault. Its structure says why, not the wording, which changes. */
async function blaming<T>(format: Format, bytes: Uint8Array, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    const code = lacksItsEnd(format, bytes) ? 'truncated' : 'corrupt';
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(code, `Expected a whole ${format} but it is ${code}: ${detail}`, { cause });
  }
}

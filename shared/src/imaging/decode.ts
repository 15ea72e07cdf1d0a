import { crc32, deflateSync } from 'node:zlib';
import type { OutputInfo, Sharp, SharpOptions } from 'sharp';
import { ImageError } from '../errors.js';
import { openBmp } from './bmp.js';
import { hasBreak } from './break.js';
import { assertDecodeCost } from './decode-cost.js';
import type { DecodedImage, Target } from './decoded-image.js';
import { type Format, sniffFormat } from './format.js';
import { readHeader } from './headers/read-header.js';
import { openHeic } from './heic.js';
import { assertJpeg, openJpeg } from './jpeg.js';
import { sharp } from './libvips.js';
import { assertBytes, assertPixels, type ImageLimits, type Size } from './limits.js';
import type { OpenedImage } from './opened-image.js';
import { pictureArea } from './picture-area.js';
import { openTiff, pictureOfTiff } from './tiff.js';
import { lacksItsEnd } from './truncation.js';

export type { DecodedImage, RgbImage, Target } from './decoded-image.js';

const SHARP_FIT = { squash: 'fill', cover: 'cover', pad: 'contain' } as const;
const WHITE = { r: 255, g: 255, b: 255 };

/**
 * Decodes a picture to the pixels of one upright, opaque sRGB picture of the target's size: the first frame, its Exif
 * orientation applied, its colour profile converted, its transparency laid on white.
 * @throws {ImageError} the bytes are at fault; the code gives the reason.
 */
export async function decodeImage(
  bytes: Uint8Array,
  target: Target,
  limits: ImageLimits,
): Promise<DecodedImage> {
  assertBytes(bytes, limits);
  const format = sniffFormat(bytes);
  const header = readHeader(format, bytes);
  return blameImage(format, bytes, async () => {
    const image = await OPENERS[format](bytes, limits);
    assertPixels(image, limits.maxPixels);
    if (header !== undefined) assertDecodeCost(bytes, header, limits);
    const decoded = await image.read(async (pipeline, condition) => {
      const rendered = await render(pipeline, target);
      const converted = image.profile === undefined ? rendered : await convert(rendered, image.profile);
      return {
        ...assertRgb(converted, target),
        condition,
        source: { width: image.width, height: image.height },
      };
    });
    return recheck(image, decoded, target.fit);
  });
}

function recheck(image: OpenedImage, decoded: DecodedImage, fit: Target['fit']): DecodedImage {
  if (image.recheck === undefined || decoded.condition === 'damaged') return decoded;
  const isSuspicious = hasBreak(decoded, pictureArea(decoded, fit), image.recheck.lines);
  return isSuspicious ? { ...decoded, condition: image.recheck.condition() } : decoded;
}

const OPENERS: Readonly<Record<Format, (bytes: Uint8Array, limits: ImageLimits) => Promise<OpenedImage>>> = {
  jpeg: async (bytes, limits) => {
    assertJpeg(bytes);
    return openJpeg(bytes, await sizeOf(bytes), limits);
  },
  png: openWithLibvips,
  webp: openWithLibvips,
  gif: openWithLibvips,
  tiff: async (bytes, limits) => openTiff(bytes, await sizeOf(bytes, pictureOfTiff(bytes)), limits),
  avif: openWithLibvips,
  bmp: openBmp,
  heic: openHeic,
};

async function openWithLibvips(bytes: Uint8Array, limits: ImageLimits): Promise<OpenedImage> {
  return {
    ...(await sizeOf(bytes)),
    read: (use) =>
      use(
        sharp(bytes, {
          failOn: 'error',
          limitInputPixels: limits.maxPixels,
          sequentialRead: true,
          autoOrient: true,
        }),
        'whole',
      ),
  };
}

/** Upright. Without sharp's limit of pixels, because our check reports the size in its message. */
async function sizeOf(bytes: Uint8Array, picture: SharpOptions = {}): Promise<Size> {
  const { width, height, autoOrient } = await sharp(bytes, {
    limitInputPixels: false,
    ...picture,
  }).metadata();
  return autoOrient ?? { width, height };
}

interface Rendered {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

function render(pipeline: Sharp, { width, height, fit, kernel }: Target): Promise<Rendered> {
  return toRgb(
    pipeline
      .resize(width, height, { fit: SHARP_FIT[fit], kernel, background: WHITE })
      .flatten({ background: WHITE }),
  );
}

function toRgb(pipeline: Sharp): Promise<Rendered> {
  return pipeline.toColourspace('srgb').raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
}

const BYTES_BEFORE_PROFILE = 33;

/** Converts to sRGB. libvips takes a profile only from a file, so a PNG is made of the resized picture. */
async function convert({ data, info }: Rendered, profile: Buffer): Promise<Rendered> {
  const { width, height, channels } = info;
  const png = await sharp(data, { raw: { width, height, channels } }).png({ compressionLevel: 0 }).toBuffer();
  const chunk = Buffer.concat([Buffer.from('iCCPprofile\0\0', 'latin1'), deflateSync(profile)]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(chunk.length - 4);
  check.writeUInt32BE(crc32(chunk));
  const [header, rest] = [png.subarray(0, BYTES_BEFORE_PROFILE), png.subarray(BYTES_BEFORE_PROFILE)];
  return toRgb(sharp(Buffer.concat([header, length, chunk, check, rest])));
}

function assertRgb({ data, info }: Rendered, { width, height }: Target): Size & { readonly pixels: Buffer } {
  if (info.width !== width || info.height !== height || info.channels !== 3) {
    throw new TypeError(
      `Expected ${width} x ${height} x 3 for pixels but received ${info.width} x ${info.height} x ${info.channels}`,
    );
  }
  return { width, height, pixels: data };
}

/** Every error of a decoder is a fault of the picture. The code is derived from the file's structure, not from the message. */
async function blameImage<T>(format: Format, bytes: Uint8Array, decode: () => Promise<T>): Promise<T> {
  try {
    return await decode();
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    const code = lacksItsEnd(format, bytes) ? 'truncated' : 'corrupt';
    const detail = cause instanceof Error ? cause.message : String(cause);
    throw new ImageError(code, `Expected a whole ${format} but it is ${code}: ${detail}`, { cause });
  }
}

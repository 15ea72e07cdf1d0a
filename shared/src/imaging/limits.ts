import { ImageError } from '../errors.js';

/**
 * The limits of one picture. Each is inclusive: a picture exactly at the limit is accepted. Time is not limited here: a decoder
 * may never return, so the pool ends its process.
 */
export interface ImageLimits {
  /** Encoded size. */
  readonly maxBytes: number;
  /** Width times height, checked against the header before a pixel is decoded. */
  readonly maxPixels: number;
  /** Memory for decoding, estimated from the header: see `decode-cost.ts`. */
  readonly maxDecodeBytes: number;
}

export const DEFAULT_LIMITS: ImageLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxPixels: 50_000_000,
  maxDecodeBytes: 400_000_000,
};

/**
 * The report's function has 512 MiB. Its own process takes up to 220 MiB with the largest picture, so a picture that
 * needs more than this to be decoded has no thumbnail.
 */
export const THUMBNAIL_LIMITS: ImageLimits = { ...DEFAULT_LIMITS, maxDecodeBytes: 150_000_000 };

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** @throws {ImageError} `too-many-bytes`. */
export function assertBytes(bytes: Uint8Array, { maxBytes }: ImageLimits): void {
  if (bytes.length > maxBytes) {
    throw new ImageError('too-many-bytes', `Expected at most ${maxBytes} bytes but received ${bytes.length}`);
  }
}

/** @throws {ImageError} `too-many-pixels`, or `corrupt` if a side is not a positive integer. */
export function assertPixels({ width, height }: Size, maxPixels: number): void {
  if (!Number.isInteger(width) || !Number.isInteger(height) || width < 1 || height < 1) {
    throw new ImageError('corrupt', `Expected positive sides but received ${width} x ${height}`);
  }
  if (width * height > maxPixels) {
    throw new ImageError(
      'too-many-pixels',
      `Expected at most ${maxPixels} pixels but received ${width} x ${height} = ${width * height}`,
    );
  }
}

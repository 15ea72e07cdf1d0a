import { ImageError } from '../errors.js';

/**
 * What one picture may cost. Every limit is inclusive: a picture exactly at it is accepted. Time is not among
 * them: a decoder cannot be trusted to stop, so the pool ends its process.
 */
export interface ImageLimits {
  /** Encoded size. */
  readonly maxBytes: number;
  /** Width times height, checked against the header before a pixel is decoded. */
  readonly maxPixels: number;
}

export const DEFAULT_LIMITS: ImageLimits = {
  maxBytes: 32 * 1024 * 1024,
  maxPixels: 50_000_000,
};

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

/** @throws {ImageError} `too-many-pixels`, or `corrupt` where a side is not a positive integer. */
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

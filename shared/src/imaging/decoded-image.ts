import type { Size } from './limits.js';
import type { Condition } from './opened-image.js';

/** How a picture is resized to the input size of a model. */
export interface Target extends Size {
  /** `squash` ignores the aspect ratio, `cover` crops at the centre, `pad` adds white. */
  readonly fit: 'squash' | 'cover' | 'pad';
  readonly kernel: 'linear' | 'cubic' | 'lanczos3';
}

/** Interleaved 8-bit sRGB, `width * height * 3` bytes, row by row from the top left. */
export interface RgbImage extends Size {
  readonly pixels: Uint8Array;
}

export interface DecodedImage extends RgbImage {
  /** Whether a part of the file is missing or inconsistent, but enough could be decoded. */
  readonly condition: Condition;
  /** Size of the whole picture, upright, before it was resized. */
  readonly source: Size;
}

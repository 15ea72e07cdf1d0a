import type { Format } from '../format.js';
import type { Size } from '../limits.js';

/** The values of a header from which the decoder's memory is estimated. */
export interface Header extends Size {
  readonly format: Format;
  readonly layout: Layout;
}

/** Which pixels the decoder has in memory at the same time. */
export type Layout =
  /** Row by row: memory for some rows only. */
  | { readonly kind: 'rows'; readonly bytesPerPixel: number }
  /** Rows of tiles. */
  | { readonly kind: 'tiles'; readonly bytesPerPixel: number; readonly tile: Size }
  /** Every pixel at once. */
  | { readonly kind: 'frame'; readonly bytesPerPixel: number };

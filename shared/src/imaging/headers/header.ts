import type { Format } from '../format.js';
import type { Size } from '../limits.js';

/** What the header of a file says, as far as it decides how much memory its decoder needs. */
export interface Header extends Size {
  readonly format: Format;
  readonly layout: Layout;
}

/** How a decoder holds the pixels. */
export type Layout =
  /** Row by row: memory for some rows only. */
  | { readonly kind: 'rows'; readonly bytesPerPixel: number }
  /** Rows of tiles. */
  | { readonly kind: 'tiles'; readonly bytesPerPixel: number; readonly tile: Size }
  /** Every pixel at once. */
  | { readonly kind: 'frame'; readonly bytesPerPixel: number };

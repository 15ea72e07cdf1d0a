import type { Sharp } from 'sharp';
import type { Size } from './limits.js';

/** How a file holds its pixels, seen in the upright picture. */
export type Lines = 'rows' | 'columns';
export type Condition = 'whole' | 'damaged';

/** A picture of which only the header has been read. */
export interface OpenedImage extends Size {
  /** Calls `use` with a pipeline of the pixels: upright, but neither resized nor converted yet. */
  readonly read: <T>(use: (pipeline: Sharp, condition: Condition) => Promise<T>) => Promise<T>;
  /** The colour profile (ICC) of these pixels, if the pipeline does not have it. */
  readonly profile?: Buffer;
  /** For a picture whose colours change at one of its lines. It takes as long as decoding. @throws {ImageError} it is too damaged */
  readonly recheck?: { readonly lines: Lines; readonly condition: () => Condition };
}

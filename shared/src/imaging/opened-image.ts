import type { Sharp } from 'sharp';
import type { Size } from './limits.js';

export type Condition = 'whole' | 'damaged';

/** A picture whose header has been read, and nothing more. */
export interface OpenedImage extends Size {
  /** Calls `use` with a pipeline of the pixels: upright, but neither resized nor converted yet. */
  readonly read: <T>(use: (pipeline: Sharp, condition: Condition) => Promise<T>) => Promise<T>;
  /** The colour profile (ICC) of these pixels, where the pipeline does not carry it. */
  readonly profile?: Buffer;
}

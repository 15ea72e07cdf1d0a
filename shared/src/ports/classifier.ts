import type { Palette } from '../domain/palette.js';
import type { Background } from '../domain/precision-guarantee.js';
import type { HeatMap, ModelRef } from '../domain/record.js';

/** The output of a model for one picture. */
export interface Prediction {
  /** Calibrated probabilities by label, highest first; they sum to 1 (within float error). */
  readonly scores: readonly LabelScore[];
  /** True if the model's rejection score says that no label applies, or if the picture is blank. */
  readonly unknown: boolean;
  /** True if a part of the file is missing or inconsistent, but enough of the picture could be decoded. */
  readonly damaged?: boolean;
  readonly background?: Background;
  /** How usual the picture is, 0 to 1: see domain/typicality.ts. Absent if the model does not say. */
  readonly typicality?: number;
  /** Pooled features, not normalised; absent if the model has no such output. */
  readonly embedding?: Float32Array;
  /** Milliseconds for decoding and resizing, and for the inference. */
  readonly decodeMs: number;
  readonly inferMs: number;
  /** A small WebP of the picture, if it was asked for and the picture is quick to decode. */
  readonly thumbnail?: { readonly bytes: Uint8Array; readonly ms: number };
  /** If it was asked for. */
  readonly palette?: Palette;
  /** If it was asked for, and the model has a projection. */
  readonly vector?: Vector;
  /** Of the best label, if it was asked for and the model has a map of features. */
  readonly heat?: HeatMap;
}

/** A projected embedding of length 1. */
export interface Vector {
  readonly values: Float32Array;
  /** Id of the backbone and of the projection. */
  readonly backbone: string;
}

export interface LabelScore {
  readonly label: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

/** What a picture gets besides its labels. */
export interface Extras {
  readonly withThumbnail?: boolean;
  readonly withPalette?: boolean;
  readonly withVector?: boolean;
  readonly withHeat?: boolean;
}

export interface ClassifyOptions extends Extras {
  /** Cancels an image whose work has not begun. */
  readonly signal?: AbortSignal;
  /** The image waits longer, so that others wait less: at most as many such images go before another one as there are workers. */
  readonly yields?: boolean;
}

export interface Classifier {
  readonly model: ModelRef;
  /**
   * Decodes and labels one encoded picture of any accepted format.
   * @throws {ImageError} the bytes are not acceptable
   */
  classify(image: Uint8Array, options?: ClassifyOptions): Promise<Prediction>;
  close(): Promise<void>;
}

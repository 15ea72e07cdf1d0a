import type { ModelRef } from '../domain/record.js';

/** What a model says of one picture. */
export interface Prediction {
  /** Calibrated probabilities by label, highest first; they sum to 1 (within float error). */
  readonly scores: readonly LabelScore[];
  /** True where the model's rejection score says: none of the labels. */
  readonly unknown: boolean;
  /** Pooled features, L2 norm not fixed; absent where the model has no such output. */
  readonly embedding?: Float32Array;
  /** Milliseconds spent decoding and resizing, and in the network. */
  readonly decodeMs: number;
  readonly inferMs: number;
}

export interface LabelScore {
  readonly label: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

export interface Classifier {
  readonly model: ModelRef;
  /**
   * Decodes and labels one encoded picture of any accepted format.
   * @param options.signal gives up an image that has not been begun
   * @throws {ImageError} the bytes are at fault.
   */
  classify(image: Uint8Array, options?: { readonly signal?: AbortSignal }): Promise<Prediction>;
  close(): Promise<void>;
}

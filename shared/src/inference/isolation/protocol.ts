import type { ModelRef } from '../../domain/record.js';
import type { ModelFault, RejectionCode } from '../../errors.js';
import type { Extras } from '../../ports/classifier.js';

/**
 * The messages between the two sides of a worker process. Both sides come from one build, so nothing is parsed: the types
 * are the contract. Bytes and arrays are sent as such (`serialization: 'advanced'`), but not images: a message copies its
 * bytes several times, outside the heap, which makes the garbage collector of the serving process search its whole heap.
 */

/** The first message to a worker, with its settings. */
export interface StartMessage<Settings> {
  readonly settings: Settings;
  /** A worker whose memory has grown by more than this since it was ready ends after its present image. */
  readonly maxRetainedBytes: number;
}

/** Every message after it, once the worker is ready. Its image follows on the standard input of the worker, without anything else. */
export interface ClassifyMessage {
  readonly id: number;
  readonly imageBytes: number;
  readonly extras: Extras;
}

export type WorkerMessage<Answer = unknown> =
  | { readonly kind: 'ready'; readonly model: ModelRef }
  /** The model must not serve. The process ends. */
  | { readonly kind: 'model-fault'; readonly model: string; readonly faults: readonly ModelFault[] }
  /** Starting failed in another way. The process ends. */
  | { readonly kind: 'not-started'; readonly stack: string }
  | ResultMessage<Answer>;

/** `isLast`: the process ends without processing the images that were sent since. */
export type ResultMessage<Answer = unknown> = {
  readonly id: number;
  readonly isLast: boolean;
} & Result<Answer>;

export type Result<Answer = unknown> =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'rejected'; readonly code: RejectionCode; readonly message: string }
  /** A bug: neither a fault of the image nor a crash. The worker continues. */
  | { readonly kind: 'failed'; readonly stack: string };

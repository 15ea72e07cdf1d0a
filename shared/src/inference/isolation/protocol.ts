import type { ModelRef } from '../../domain/record.js';
import type { ModelFault as Fault, RejectionCode } from '../../errors.js';

/**
 * What the two sides of a worker process say to each other. Both come from one build, so nothing is parsed: the
 * types are the contract. Bytes and arrays travel as such (`serialization: 'advanced'`).
 */

/** The first message to a worker: what its program needs to know. */
export interface StartMessage<Settings> {
  readonly settings: Settings;
  /** Above this resident size, in bytes, it ends itself rather than drag the machine along. */
  readonly maxRssBytes: number;
}

/** Every message after it, once the worker is ready. */
export interface ClassifyMessage {
  readonly id: number;
  readonly image: Uint8Array;
}

export type WorkerMessage<Answer = unknown> =
  | { readonly kind: 'ready'; readonly model: ModelRef }
  /** The model must not serve. The process ends. */
  | { readonly kind: 'model-fault'; readonly model: string; readonly faults: readonly Fault[] }
  /** Starting failed in another way. The process ends. */
  | { readonly kind: 'not-started'; readonly stack: string }
  | ResultMessage<Answer>;

export type ResultMessage<Answer = unknown> =
  | { readonly kind: 'answered'; readonly id: number; readonly answer: Answer }
  | { readonly kind: 'rejected'; readonly id: number; readonly code: RejectionCode; readonly message: string }
  /** A bug: neither the image's fault nor a crash. The worker goes on. */
  | { readonly kind: 'failed'; readonly id: number; readonly stack: string };

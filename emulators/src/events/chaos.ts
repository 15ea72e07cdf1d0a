/**
 * Delivery faults for tests, drawn from a seed. An event can be dropped, sent twice, delayed, or held until later events
 * have been sent.
 */

import { mulberry32 } from '@hangtag/shared/mulberry32.js';

/** Probabilities in [0, 1]. The default is 0. */
export interface ChaosOptions {
  readonly seed: number;
  readonly drop?: number;
  readonly duplicate?: number;
  readonly delay?: number;
  /** The longest delay. */
  readonly maxDelayMs?: number;
  readonly reorder?: number;
  /** A held event waits for this number of later events, but not longer than `maxHoldMs`. */
  readonly overtakenBy?: number;
  readonly maxHoldMs?: number;
}

/** The faults of one event. */
export interface Fate {
  /** The delay of each copy. Empty: the event is dropped. */
  readonly copiesDelayMs: readonly number[];
  /** Undefined: the event is not held. */
  readonly hold: { readonly overtakenBy: number; readonly maxHoldMs: number } | undefined;
}

export const UNTOUCHED: Fate = { copiesDelayMs: [0], hold: undefined };

/** @returns a function that draws the fate of the next event. */
export function chaos(options: ChaosOptions): () => Fate {
  const random = mulberry32(options.seed);
  const happens = (probability = 0): boolean => random() < probability;
  return () => {
    if (happens(options.drop)) return { copiesDelayMs: [], hold: undefined };
    const copies = happens(options.duplicate) ? 2 : 1;
    const copiesDelayMs = Array.from({ length: copies }, () =>
      happens(options.delay) ? random() * (options.maxDelayMs ?? 1000) : 0,
    );
    const { overtakenBy = 1, maxHoldMs = 1000 } = options;
    return { copiesDelayMs, hold: happens(options.reorder) ? { overtakenBy, maxHoldMs } : undefined };
  };
}

/**
 * What a network and a tired service can do to a delivery, drawn from a seed: an event may be dropped, sent twice, sent
 * late, or held back until others that came after it have gone.
 */

import { mulberry32 } from '@hangtag/shared/mulberry32.js';

/** Probabilities in [0, 1]; what is left out does not happen. */
export interface ChaosOptions {
  readonly seed: number;
  readonly drop?: number;
  readonly duplicate?: number;
  readonly delay?: number;
  /** Of a delayed delivery, at most. */
  readonly maxDelayMs?: number;
  readonly reorder?: number;
  /** So many later events overtake a reordered one, unless `maxHoldMs` runs out first. */
  readonly overtakenBy?: number;
  readonly maxHoldMs?: number;
}

/** What becomes of one event. */
export interface Fate {
  /** How late each copy is sent; none where the event is dropped. */
  readonly copiesDelayMs: readonly number[];
  /** Undefined where the event keeps its place. */
  readonly hold: { readonly overtakenBy: number; readonly maxHoldMs: number } | undefined;
}

export const UNTOUCHED: Fate = { copiesDelayMs: [0], hold: undefined };

/** @returns a function that gives the fate of each event in turn. */
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

/** What the colours of the items of an outfit add to its score. */
import { type ColourRule, harmonyOf, MOST_HARMONY, MOST_TONE_LISTS } from './colour.js';
import type { Slot } from './garment.js';
import type { Candidate } from './suitability.js';

/** The colours of an accessory count half. */
const ACCESSORY_SHARE = 0.5;

/** @returns undefined if the two clash */
export function pairRule(one: Candidate, other: Candidate): ColourRule | undefined {
  const rule = harmonyOf(one.tones, other.tones);
  return rule && { ...rule, weight: Math.trunc(rule.weight * shareOf(one.slot, other.slot)) };
}

/** The most that the pairs of an item of one slot with items of others add. */
export function mostPairPoints(slot: Slot, others: readonly Slot[]): number {
  return others.reduce((sum, other) => sum + Math.trunc(MOST_HARMONY * shareOf(slot, other)), 0);
}

function shareOf(one: Slot, other: Slot): number {
  return one === 'accessory' || other === 'accessory' ? ACCESSORY_SHARE : 1;
}

/** Remembers the points of pairs: a large wardrobe has few different tones. */
export class PairPoints {
  readonly #known = new Map<number, number | undefined>();

  /** @returns undefined if the item clashes with one of the others */
  of(candidate: Candidate, others: readonly Candidate[]): number | undefined {
    let sum = 0;
    for (const other of others) {
      const points = this.#pair(candidate, other);
      if (points === undefined) return undefined;
      sum += points;
    }
    return sum;
  }

  #pair(one: Candidate, other: Candidate): number | undefined {
    const share = one.slot === 'accessory' || other.slot === 'accessory' ? 1 : 0;
    const key = (one.alike * MOST_TONE_LISTS + other.alike) * 2 + share;
    if (!this.#known.has(key)) this.#known.set(key, pairRule(one, other)?.weight);
    return this.#known.get(key);
  }
}

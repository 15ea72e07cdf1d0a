/** The best outfits of a wardrobe for a day and an occasion. The same wardrobe, day and history give the same answer. */
import { explain } from './explain.js';
import type { Item } from './garment.js';
import { type Lack, lacksOf } from './lacks.js';
import type { Need } from './occasion.js';
import { bestOutfits } from './search.js';
import { type Candidate, candidateOf, judge, type Reason, type Standard, standardOf } from './suitability.js';

export interface Outfit {
  readonly items: readonly Item[];
  readonly score: number;
  /** Their weights add up to the score. */
  readonly reasons: readonly Reason[];
}

export interface OutfitRequest {
  readonly items: readonly Item[];
  readonly need: Need;
  readonly count: number;
  /** Combinations that are not offered (again): see `coreOf`. */
  readonly refused: ReadonlySet<string>;
}

export interface OutfitAnswer {
  /** The best first. Each has another combination of garments and shoes than those before it. */
  readonly outfits: readonly Outfit[];
  /** Why there are fewer than were asked for. */
  readonly lacks: readonly Lack[];
}

export function composeOutfits({ items, need, count, refused }: OutfitRequest): OutfitAnswer {
  const standard = standardOf(need);
  const judged = items.flatMap((item) => judge(item, standard) ?? []);
  const candidates = judged.flatMap((each) => (each.broken ? [] : [candidateOf(each, standard)]));
  const needsBottom = judged.some(({ slot }) => slot === 'bottom');
  const found = bestOutfits({ candidates, needsBottom, refused, count });
  const outfits = found.map((chosen) => outfitOf(chosen, standard));
  return { outfits, lacks: outfits.length === count ? [] : lacksOf(judged, need, outfits.length) };
}

function outfitOf(chosen: readonly Candidate[], standard: Standard): Outfit {
  const reasons = explain(chosen, standard);
  return {
    items: chosen.map(({ item }) => item),
    score: reasons.reduce((sum, { weight }) => sum + weight, 0),
    reasons,
  };
}

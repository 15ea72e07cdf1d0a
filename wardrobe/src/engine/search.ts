/**
 * Finds the best outfit, exactly, by branch and bound:
 *
 *   1. of the items that the rules of colours cannot tell apart, keep the best: no outfit is better with another one
 *   2. choose an item for each place, the item with the most points first
 *   3. leave a branch when its points, and the most that the open places can add, do not exceed the best outfit so far
 *
 * Points are whole numbers, so their sums are exact. Of equal outfits, the one that is found first is taken.
 */
import { type Item, kindOf } from './garment.js';
import { mostPairPoints, PairPoints } from './pair-points.js';
import type { Candidate } from './suitability.js';

export interface Search {
  readonly candidates: readonly Candidate[];
  readonly needsBottom: boolean;
  /** Combinations that are not wanted: see `coreOf`. */
  readonly refused: ReadonlySet<string>;
  readonly count: number;
}

interface Place {
  readonly slot: 'top' | 'bottom' | 'shoes' | 'accessory';
  /** In the order of their points. */
  readonly candidates: readonly Candidate[];
  /** The most that its colours add, with the items of all places before it. */
  readonly mostColour: number;
  /** The most that it adds with its colours. */
  readonly most: number;
}

/** Names the combination of garments and shoes. Another accessory does not make another outfit. */
export function coreOf(items: readonly Pick<Item, 'id' | 'category'>[]): string {
  const core = items.filter(({ category }) => kindOf(category)?.slot !== 'accessory');
  return core
    .map(({ id }) => id)
    .sort()
    .join(' ');
}

/** @returns the best first; each has another combination than those before it */
export function bestOutfits(search: Search): readonly (readonly Candidate[])[] {
  const places = placesOf(search);
  const pairs = new PairPoints();
  const refused = new Set(search.refused);
  const found: (readonly Candidate[])[] = [];
  while (found.length < search.count) {
    const best = bestOf(places, pairs, refused);
    if (best === undefined) break;
    found.push(best);
    refused.add(coreOf(best.map(({ item }) => item)));
  }
  return found;
}

/** @returns undefined if no combination is allowed */
function bestOf(
  places: readonly Place[],
  pairs: PairPoints,
  refused: ReadonlySet<string>,
): readonly Candidate[] | undefined {
  const mostAfter = places.map((_, at) => places.slice(at + 1).reduce((sum, { most }) => sum + most, 0));
  let best: readonly Candidate[] | undefined;
  let score = Number.NEGATIVE_INFINITY;

  const choose = (at: number, chosen: readonly Candidate[], points: number): void => {
    const place = places[at];
    if (place === undefined) {
      if (points > score) [best, score] = [chosen, points];
      return;
    }
    for (const candidate of place.candidates) {
      const atMost = points + candidate.points + (mostAfter[at] ?? 0);
      if (atMost + place.mostColour <= score) break;
      if (!fits(candidate, chosen)) continue;
      const colour = pairs.of(candidate, chosen);
      if (colour === undefined || atMost + colour <= score) continue;
      const next = [...chosen, candidate];
      if (candidate.slot === 'shoes' && refused.has(coreOf(next.map(({ item }) => item)))) continue;
      choose(at + 1, next, points + candidate.points + colour);
    }
    if (mayStayEmpty(place, chosen)) choose(at + 1, chosen, points);
  };
  choose(0, [], 0);
  return best;
}

/** Two accessories are in the order of their categories, so that no pair is tried twice and no category is worn twice. */
function fits({ slot, item }: Candidate, chosen: readonly Candidate[]): boolean {
  if (slot === 'bottom') return !isWhole(chosen);
  const last = chosen.at(-1);
  return slot !== 'accessory' || last?.slot !== 'accessory' || last.item.category < item.category;
}

function mayStayEmpty({ slot }: Place, chosen: readonly Candidate[]): boolean {
  return slot === 'accessory' || (slot === 'bottom' && isWhole(chosen));
}

/** A dress needs no bottom. */
function isWhole([top]: readonly Candidate[]): boolean {
  return top?.slot === 'whole';
}

function placesOf({ candidates, needsBottom, refused, count }: Search): readonly Place[] {
  const sorted = candidates.toSorted(
    (one, other) => other.points - one.points || (one.item.id < other.item.id ? -1 : 1),
  );
  // Each combination that is refused or found rules out at most one item of a group.
  const kept = bestOfEach(sorted, refused.size + count);
  const slots = [
    'top',
    ...(needsBottom ? (['bottom'] as const) : []),
    'shoes',
    'accessory',
    'accessory',
  ] as const;
  return slots.map((slot, at) => {
    const ofPlace = kept.filter((each) => each.slot === slot || (slot === 'top' && each.slot === 'whole'));
    const mostColour = mostPairPoints(slot, slots.slice(0, at));
    return {
      slot,
      candidates: ofPlace,
      mostColour,
      most: Math.max(0, (ofPlace[0]?.points ?? 0) + mostColour),
    };
  });
}

/** Of the items that the rules of colours cannot tell apart, the first ones. */
function bestOfEach(sorted: readonly Candidate[], most: number): readonly Candidate[] {
  const groups = new Map<string, Map<number, number>>();
  return sorted.filter(({ slot, item, alike }) => {
    const name = slot === 'accessory' ? item.category : slot;
    const counts = groups.get(name) ?? new Map<number, number>();
    groups.set(name, counts);
    const count = counts.get(alike) ?? 0;
    counts.set(alike, count + 1);
    return count < (slot === 'accessory' ? 1 : most);
  });
}

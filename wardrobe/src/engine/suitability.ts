/** Whether an item may be worn at all (hard rules), and how well it suits by itself (points). */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { type ColourName, numberOf, type Tone, tonesOf } from './colour.js';
import { type Item, kindOf, type Season, type Slot } from './garment.js';
import { formalityOf, type Need, seasonsOf, textOf } from './occasion.js';

/** An item that breaks one of these rules is never offered. */
export const EXCLUSIONS = ['dirty', 'worn-yesterday', 'too-formal', 'too-casual', 'avoided-colour'] as const;
export type Exclusion = (typeof EXCLUSIONS)[number];

export interface Reason {
  /** `words`: of a language model, with the weight 0. */
  readonly kind: 'colour' | 'formality' | 'season' | 'rain' | 'rest' | 'liked' | 'taste' | 'words';
  /** Points. The score of an outfit is their sum. */
  readonly weight: number;
  /** In English. */
  readonly text: string;
  /** For other languages: which sentence of its kind it is, the values of the sentence, and the categories of each item or pair. */
  readonly rule?: string;
  readonly values?: Readonly<Record<string, string | number>>;
  readonly about?: readonly (readonly string[])[];
}

export interface Judged {
  readonly item: Item;
  readonly slot: Slot;
  /** Undefined: the item may be worn. */
  readonly broken: Exclusion | undefined;
}

/** An item that may be worn, with what the search needs of it. */
export interface Candidate {
  readonly item: Item;
  readonly slot: Slot;
  readonly tones: readonly Tone[];
  /** Items with the same number are alike to the rules of colours. */
  readonly alike: number;
  readonly points: number;
}

/** What is the same for all items of one request. */
export interface Standard {
  readonly need: Need;
  readonly seasons: readonly Season[];
}

const DAY_MS = 86_400_000;
/** An item may be one step more or less formal than its occasion. */
const MOST_STEPS = 1;
const POINTS = {
  formality: 10,
  offByOne: 5,
  inSeason: 6,
  anySeason: 4,
  outOfSeason: -6,
  rain: -6,
  liked: 4,
  taste: 3,
};
const LIKED_COLOUR: Reason = {
  ...{ kind: 'taste', rule: 'liked', weight: POINTS.taste },
  text: 'Has a colour that you like',
};
const NOT_FOR_RAIN: Reason = { kind: 'rain', rule: 'rain', weight: POINTS.rain, text: 'Not for rain' };
/** One point for two days of rest. */
const MOST_REST = 7;

export function standardOf(need: Need): Standard {
  return { need, seasons: seasonsOf(need) };
}

/** @returns undefined if the item may be worn */
function exclusionOf(item: Item, slot: Slot, { need }: Standard): Exclusion | undefined {
  if (item.isDirty) return 'dirty';
  // Shoes and accessories may be worn every day.
  const isDaily = slot === 'shoes' || slot === 'accessory';
  if (!isDaily && item.worn.some((day) => Math.abs(daysBetween(day, need.day)) <= 1)) return 'worn-yesterday';
  const steps = item.formality - formalityOf(need.occasion);
  if (steps > MOST_STEPS) return 'too-formal';
  if (steps < -MOST_STEPS) return 'too-casual';
  if (hasColour(tonesOf(item.colours), need.avoided)) return 'avoided-colour';
  return undefined;
}

/** @returns undefined if no outfit is made of its category */
export function judge(item: Item, standard: Standard): Judged | undefined {
  const slot = kindOf(item.category)?.slot;
  return slot && { item, slot, broken: exclusionOf(item, slot, standard) };
}

export function candidateOf({ item, slot }: Judged, standard: Standard): Candidate {
  const tones = tonesOf(item.colours);
  const points = reasonsOf({ item, tones }, standard).reduce((sum, { weight }) => sum + weight, 0);
  return { item, slot, tones, alike: numberOf(tones), points };
}

/** Why an item suits by itself. The weights add up to its points. */
export function reasonsOf(
  { item, tones }: Pick<Candidate, 'item' | 'tones'>,
  { need, seasons }: Standard,
): readonly Reason[] {
  return [
    formalityReason(item, need),
    seasonReason(item, seasons),
    ...(need.weather?.isRaining && kindOf(item.category)?.isForDryDays ? [NOT_FOR_RAIN] : []),
    restReason(item, need.day),
    ...(item.isLiked === undefined ? [] : [likeReason(item.isLiked)]),
    ...(hasColour(tones, need.liked) ? [LIKED_COLOUR] : []),
  ];
}

function formalityReason({ formality }: Item, { occasion }: Need): Reason {
  const isExact = formality === formalityOf(occasion);
  return {
    kind: 'formality',
    rule: isExact ? 'exact' : 'almost',
    values: { occasion },
    weight: isExact ? POINTS.formality : POINTS.offByOne,
    text: `${isExact ? 'As formal as' : 'Almost as formal as'} ${textOf(occasion)}`,
  };
}

function seasonReason({ seasons }: Item, wanted: readonly Season[]): Reason {
  const kind = 'season';
  if (seasons.length === 0)
    return { kind, rule: 'every', weight: POINTS.anySeason, text: 'For every season' };
  if (seasons.some((season) => wanted.includes(season)))
    return { kind, rule: 'this', weight: POINTS.inSeason, text: 'For this weather' };
  const text = `For ${seasons.join(' or ')}`;
  return { kind, rule: 'another', weight: POINTS.outOfSeason, text };
}

function restReason({ worn }: Item, day: Day): Reason {
  const kind = 'rest';
  if (worn.length === 0) return { kind, rule: 'new', weight: MOST_REST, text: 'Not worn yet' };
  const days = Math.min(...worn.map((each) => Math.abs(daysBetween(each, day))));
  const weight = Math.min(MOST_REST, Math.floor(days / 2));
  const text = `Not worn for ${days} ${days === 1 ? 'day' : 'days'}`;
  return { kind, rule: days === 1 ? 'day' : 'days', values: { days }, weight, text };
}

function likeReason(isLiked: boolean): Reason {
  return isLiked
    ? { kind: 'liked', rule: 'liked', weight: POINTS.liked, text: 'Of an outfit that you liked' }
    : { kind: 'liked', rule: 'disliked', weight: -POINTS.liked, text: 'Of an outfit that you did not like' };
}

function hasColour(tones: readonly Tone[], names: readonly ColourName[]): boolean {
  return tones.some(({ name }) => names.includes(name));
}

export function daysBetween(from: Day, to: Day): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);
}

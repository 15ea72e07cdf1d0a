/** What a wardrobe lacks for an occasion. */
import type { Slot } from './garment.js';
import { type Need, textOf } from './occasion.js';
import type { Exclusion, Judged } from './suitability.js';

export interface Lack {
  readonly kind: 'top' | 'bottom' | 'shoes' | 'combination';
  readonly text: string;
}

const NEEDED = [
  { kind: 'top', slots: ['top', 'whole'], name: 'a top' },
  { kind: 'bottom', slots: ['bottom'], name: 'trousers or a skirt' },
  { kind: 'shoes', slots: ['shoes'], name: 'shoes' },
] as const satisfies readonly { kind: Lack['kind']; slots: readonly Slot[]; name: string }[];

const WORDS: Readonly<Record<Exclusion, string>> = {
  dirty: 'in the laundry',
  'worn-yesterday': 'worn the day before or planned for the day after',
  'too-formal': 'too formal',
  'too-casual': 'too casual',
  'avoided-colour': 'of a colour that you avoid',
};

/** @param found how many outfits there are */
export function lacksOf(judged: readonly Judged[], { occasion }: Need, found: number): readonly Lack[] {
  const hasBottoms = judged.some(({ slot }) => slot === 'bottom');
  const places = NEEDED.filter(({ kind }) => kind !== 'bottom' || hasBottoms);
  const lacks = places.flatMap(({ kind, slots, name }) => {
    const owned = judged.filter(({ slot }) => (slots as readonly Slot[]).includes(slot));
    if (owned.some(({ broken }) => broken === undefined)) return [];
    return [{ kind, text: `Expected ${name} for ${textOf(occasion)} but found ${whyNone(owned)}` }];
  });
  if (found > 0 || lacks.length === 0) return [combinationLack(found)];
  return lacks;
}

function whyNone(owned: readonly Judged[]): string {
  if (owned.length === 0) return 'none';
  const words = Object.entries(WORDS).flatMap(([broken, text]) => {
    const count = owned.filter((each) => each.broken === broken).length;
    return count === 0 ? [] : [`${count} ${text}`];
  });
  return words.join(', ');
}

function combinationLack(found: number): Lack {
  const number = found === 0 ? 'no' : `only ${found}`;
  const advice = 'Something black, grey or white goes with every colour';
  return {
    kind: 'combination',
    text: `Found ${number} combination of these clothes without a clash. ${advice}`,
  };
}

/** What a wardrobe lacks for an occasion. */
import type { Slot } from './garment.js';
import { type Need, textOf } from './occasion.js';
import { EXCLUSIONS, type Exclusion, type Judged } from './suitability.js';

type Counts = Readonly<Record<string, number>>;

export interface Lack {
  readonly kind: 'top' | 'bottom' | 'shoes' | 'combination';
  /** In English. */
  readonly text: string;
  /** For other languages: the combinations that were found, or the garments of this kind that may not be worn, by the reason. */
  readonly values: Counts;
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
    const values = countsOf(owned);
    return [{ kind, text: `Expected ${name} for ${textOf(occasion)} but found ${inWords(values)}`, values }];
  });
  if (found > 0 || lacks.length === 0) return [combinationLack(found)];
  return lacks;
}

function countsOf(owned: readonly Judged[]): Counts {
  const counts: Record<string, number> = {};
  for (const { broken } of owned) if (broken !== undefined) counts[broken] = (counts[broken] ?? 0) + 1;
  return counts;
}

function inWords(counts: Counts): string {
  const words = EXCLUSIONS.flatMap((broken) =>
    counts[broken] === undefined ? [] : [`${counts[broken]} ${WORDS[broken]}`],
  );
  return words.join(', ') || 'none';
}

function combinationLack(found: number): Lack {
  const number = found === 0 ? 'no' : `only ${found}`;
  const advice = 'Something black, grey or white goes with every colour';
  return {
    kind: 'combination',
    text: `Found ${number} combination of these clothes without a clash. ${advice}`,
    values: { found },
  };
}

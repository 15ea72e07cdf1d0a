/**
 * Which colours go together: named rules over tones. A tone is a colour of OKLCH in a few steps: twelve hues of 30 degrees, three
 * levels of lightness, and neutral, muted or vivid. Two items with the same tones are alike to every rule, which makes
 * the search over large wardrobes fast.
 */

/** A colour of an item in OKLCH: lightness 0 to 1, chroma 0 to about 0.4, hue in degrees; its share of the item, 0 to 1. */
export interface Colour {
  readonly l: number;
  readonly c: number;
  readonly h: number;
  readonly share: number;
}

const STRENGTHS = ['neutral', 'muted', 'vivid'] as const;
/** Different tones, and one for none. */
const TONES = STRENGTHS.length * 12 * 3 + 1;
/** Greater than the number of every list of tones. */
export const MOST_TONE_LISTS = TONES ** 2;

export interface Tone {
  readonly name: ColourName;
  readonly strength: (typeof STRENGTHS)[number];
  /** 0 to 11, in steps of 30 degrees. */
  readonly hue: number;
  /** 0 dark, 1 medium, 2 light. */
  readonly level: number;
}

export interface ColourRule {
  readonly name: string;
  /** Points for a pair of items. */
  readonly weight: number;
  readonly text: string;
}

const NEUTRALS = ['black', 'grey', 'white'] as const;
/** By step of the hue. */
const HUES = [
  ...(['pink', 'red', 'orange', 'yellow', 'lime', 'green'] as const),
  ...(['teal', 'cyan', 'azure', 'blue', 'purple', 'magenta'] as const),
] as const;
export const COLOUR_NAMES = [...NEUTRALS, 'brown', ...HUES] as const;
export type ColourName = (typeof COLOUR_NAMES)[number];

/** Below it an eye sees a grey; from it a strong colour. Navy and denim are muted, a red traffic light is vivid. */
const LEAST_CHROMA = { muted: 0.04, vivid: 0.12 } as const;
/** Of black and dark colours, and of white and light ones. */
const LIGHTNESS = { darkBelow: 0.4, lightFrom: 0.78 } as const;
/** A smaller part of an item is decoration. */
const LEAST_SHARE = 0.25;
/** Of one item; more colours are a pattern, which the largest two stand for. */
const MOST_TONES = 2;

const RULES = {
  contrast: { weight: 7, text: 'light and dark neutrals' },
  neutrals: { weight: 5, text: 'neutrals alike' },
  base: { weight: 8, text: 'a colour with a neutral' },
  tonal: { weight: 8, text: 'light and dark of one colour' },
  same: { weight: 5, text: 'one colour' },
  analogous: { weight: 6, text: 'neighbouring colours' },
  complementary: { weight: 7, text: 'opposite colours' },
  triad: { weight: 3, text: 'colours far apart' },
  unrelated: { weight: -2, text: 'unrelated colours' },
  unknown: { weight: 0, text: 'a colour that is not known' },
} as const satisfies Record<string, Omit<ColourRule, 'name'>>;

/** The most points of a pair. */
export const MOST_HARMONY = Math.max(...Object.values(RULES).map(({ weight }) => weight));

/** The tones that decide: of the largest colours. */
export function tonesOf(colours: readonly Colour[]): readonly Tone[] {
  const bySize = colours.toSorted((one, other) => other.share - one.share);
  return bySize
    .filter(({ share }, index) => index === 0 || share >= LEAST_SHARE)
    .slice(0, MOST_TONES)
    .map(toneOf);
}

function toneOf({ l, c, h }: Colour): Tone {
  const level = l < LIGHTNESS.darkBelow ? 0 : l < LIGHTNESS.lightFrom ? 1 : 2;
  const hue = Math.round((((h % 360) + 360) % 360) / 30) % 12;
  if (c < LEAST_CHROMA.muted) return { name: NEUTRALS[level] ?? 'grey', strength: 'neutral', hue: 0, level };
  const strength = c < LEAST_CHROMA.vivid ? 'muted' : 'vivid';
  return { name: nameOf(hue, { strength, level }), strength, hue, level };
}

/** One number for each list of tones. */
export function numberOf(tones: readonly Tone[]): number {
  return tones.reduce((number, { strength, hue, level }) => {
    return number * TONES + (STRENGTHS.indexOf(strength) * 12 + hue) * 3 + level + 1;
  }, 0);
}

/** @returns the weakest rule of all pairs of tones; undefined if a pair clashes */
export function harmonyOf(one: readonly Tone[], other: readonly Tone[]): ColourRule | undefined {
  const names = one.flatMap((tone) => other.map((each) => ruleOf(tone, each)));
  if (names.includes('clash')) return undefined;
  const rules = names.map((name) => ({ name, ...RULES[name as keyof typeof RULES] }));
  const [first = { name: 'unknown', ...RULES.unknown }, ...rest] = rules;
  return rest.reduce<ColourRule>((weakest, rule) => (rule.weight < weakest.weight ? rule : weakest), first);
}

function ruleOf(one: Tone, other: Tone): keyof typeof RULES | 'clash' {
  const neutrals = [one, other].filter(({ strength }) => strength === 'neutral').length;
  const isSameLevel = one.level === other.level;
  if (neutrals === 2) return isSameLevel ? 'neutrals' : 'contrast';
  if (neutrals === 1) return 'base';
  const steps = Math.abs(one.hue - other.hue);
  const apart = Math.min(steps, 12 - steps);
  if (apart === 0) return isSameLevel ? 'same' : 'tonal';
  if (apart === 1) return 'analogous';
  if (apart >= 5) return 'complementary';
  if (apart === 4) return 'triad';
  return one.strength === 'vivid' && other.strength === 'vivid' ? 'clash' : 'unrelated';
}

/** Dark or muted red, orange and yellow are seen as brown. */
function nameOf(hue: number, { strength, level }: Pick<Tone, 'strength' | 'level'>): ColourName {
  const isWarm = hue >= 1 && hue <= 3;
  return isWarm && strength === 'muted' && level < 2 ? 'brown' : (HUES[hue] ?? 'pink');
}

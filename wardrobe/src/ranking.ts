/**
 * A language model may put the engine's outfits in another order and word the reason for each. It gets a number for each outfit and
 * attributes of its items: no picture, no id, no name, no day, and no text that a person or a calendar wrote. Its answer is taken
 * only if it has each number once; it cannot add, change or leave out an outfit.
 */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { z } from 'zod';
import { tonesOf } from './engine/colour.js';
import type { Item } from './engine/garment.js';
import type { Need } from './engine/occasion.js';
import type { Outfit } from './engine/outfits.js';
import { daysBetween } from './engine/suitability.js';

export const RANKING_INSTRUCTION =
  'You get outfits for an occasion, each with an index. Put them in order, the most suitable first, and word one short reason for each, in English, at most 160 characters, only from the attributes given. Answer with JSON only: {"outfits": [{"index": 0, "reason": "..."}]}, with each index once.';

export const RANKING_SCHEMA = {
  type: 'object',
  properties: {
    outfits: {
      type: 'array',
      items: {
        type: 'object',
        properties: { index: { type: 'integer' }, reason: { type: 'string' } },
        required: ['index', 'reason'],
        additionalProperties: false,
      },
    },
  },
  required: ['outfits'],
  additionalProperties: false,
} as const;

/** One line of plain text. */
const reason = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .regex(/^[^\p{C}<>]+$/u)
  .refine((text) => !/:\/\/|www\./i.test(text));
const answered = z.strictObject({ outfits: z.array(z.strictObject({ index: z.int(), reason })) });

/** What the model gets, as JSON. */
export function rankingQuestion(
  outfits: readonly Outfit[],
  { day, occasion, weather }: Pick<Need, 'day' | 'occasion' | 'weather'>,
): string {
  const attributes = ({ category, colours, formality, seasons, worn, isLiked }: Item) => ({
    category,
    colours: tonesOf(colours).map(({ name }) => name),
    formality,
    seasons,
    daysSinceWorn: daysSince(worn, day),
    liked: isLiked ?? null,
  });
  return JSON.stringify({
    occasion,
    weather: weather ?? null,
    outfits: outfits.map(({ items, score }, index) => ({ index, score, items: items.map(attributes) })),
  });
}

/** @returns undefined if the answer is not an order of exactly these outfits */
export function inOrder(outfits: readonly Outfit[], answer: unknown): readonly Outfit[] | undefined {
  const { data } = answered.safeParse(answer);
  if (data?.outfits.length !== outfits.length) return undefined;
  const ranked = new Map(data.outfits.map(({ index, reason }) => [index, reason]));
  if (outfits.some((_, index) => !ranked.has(index))) return undefined;
  return [...ranked].flatMap(([index, text]) => {
    const outfit = outfits[index];
    if (outfit === undefined) return [];
    return [{ ...outfit, reasons: [{ kind: 'words', weight: 0, text } as const, ...outfit.reasons] }];
  });
}

/** @returns null if it was not worn before the day */
function daysSince(worn: readonly Day[], day: Day): number | null {
  const last = worn
    .filter((each) => each < day)
    .toSorted()
    .at(-1);
  return last === undefined ? null : daysBetween(last, day);
}

/** A person's wardrobe: their images, with what they said of them and what they wore, as items for the engine. */

import { type CalendarEvent, titleOf } from './calendar/event.js';
import type { History } from './data/wardrobe-store.js';
import type { Colour } from './engine/colour.js';
import { type Item, kindOf } from './engine/garment.js';
import { formalityOf, type Need, type OccasionName, occasionOf } from './engine/occasion.js';
import { composeOutfits, type OutfitAnswer } from './engine/outfits.js';
import { coreOf } from './engine/search.js';

/** An image of a person, as its record says it. */
export interface OwnImage {
  readonly id: string;
  /** Of the object. */
  readonly name: string;
  readonly generation: string;
  readonly category: string;
  readonly colours: readonly Colour[];
}

export type OwnItem = Item & OwnImage;

export interface Wardrobe {
  readonly items: readonly OwnItem[];
  /** Images of which no outfit is made: their categories are no clothes that the engine knows. */
  readonly others: readonly OwnImage[];
  readonly history: History;
}

export function wardrobeOf(images: readonly OwnImage[], history: History): Wardrobe {
  const notes = new Map(history.notes.map((note) => [note.imageId, note]));
  const items = images.flatMap((image): readonly OwnItem[] => {
    const kind = kindOf(image.category);
    if (kind === undefined) return [];
    const note = notes.get(image.id);
    const judged = history.judged.filter(({ items: worn }) => worn.some(({ id }) => id === image.id));
    return [
      {
        ...image,
        formality: note?.formality ?? kind.formality,
        seasons: note?.seasons ?? kind.seasons,
        isDirty: note?.isDirty ?? false,
        worn: judged.filter(({ isWorn }) => isWorn).map(({ day }) => day),
        isLiked: judgementOf(judged.map(({ verdict }) => verdict)),
      },
    ];
  });
  return { items, others: images.filter(({ category }) => kindOf(category) === undefined), history };
}

/** An item of a liked outfit is liked, although another outfit with it was not. */
function judgementOf(verdicts: readonly ('liked' | 'disliked' | null)[]): boolean | undefined {
  if (verdicts.includes('liked')) return true;
  return verdicts.includes('disliked') ? false : undefined;
}

export type OutfitsWanted = Pick<Need, 'day' | 'occasion' | 'weather'> & { readonly count: number };

export function outfitsFor({ items, history }: Wardrobe, { count, ...wanted }: OutfitsWanted): OutfitAnswer {
  const { climate, liked, avoided } = history.profile;
  const refused = history.judged
    .filter(({ verdict }) => verdict === 'disliked')
    .map((outfit) => coreOf(outfit.items));
  return composeOutfits({
    items,
    need: { ...wanted, climate, liked, avoided },
    count,
    refused: new Set(refused),
  });
}

/** Chosen by people for events of a title. */
export type Corrections = ReadonlyMap<string, OccasionName>;

/** Events of one title are one kind of event. */
export function titleKey(title: string): string {
  return titleOf(title).trim().toLowerCase().replaceAll(/\s+/g, ' ');
}

export function occasionOfEvent({ title }: CalendarEvent, corrections: Corrections): OccasionName {
  return corrections.get(titleKey(title)) ?? occasionOf(title);
}

/** One outfit has to suit the whole day: the most formal occasion decides, but sport only where nothing else is planned. */
export function occasionOfDay(events: readonly CalendarEvent[], corrections: Corrections): OccasionName {
  const occasions = events.map((event) => occasionOfEvent(event, corrections));
  const [most = 'casual'] = occasions.toSorted((one, other) => formalityOf(other) - formalityOf(one));
  return most;
}

/** What the engine knows of an item. Its category gives what nobody described. */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import type { Colour } from './colour.js';

export const SEASONS = ['spring', 'summer', 'autumn', 'winter'] as const;
export type Season = (typeof SEASONS)[number];

/** 1 sport, 2 casual, 3 smart casual, 4 business, 5 festive. */
export const FORMALITIES = [1, 2, 3, 4, 5] as const;
export type Formality = (typeof FORMALITIES)[number];

/** `whole`: a top that needs no bottom. */
export type Slot = 'top' | 'whole' | 'bottom' | 'shoes' | 'accessory';

export interface Item {
  readonly id: string;
  readonly category: string;
  readonly colours: readonly Colour[];
  readonly formality: Formality;
  /** Empty: every season. */
  readonly seasons: readonly Season[];
  /** Days on which it was or will be worn. */
  readonly worn: readonly Day[];
  readonly isDirty: boolean;
  /** Undefined: not judged. */
  readonly isLiked?: boolean | undefined;
}

export interface Kind {
  readonly slot: Slot;
  readonly formality: Formality;
  readonly seasons: readonly Season[];
  /** Of use on a dry day only. */
  readonly isForDryDays?: true;
}

const WARM: readonly Season[] = ['spring', 'summer', 'autumn'];
const COLD: readonly Season[] = ['autumn', 'winter'];

function kind(slot: Slot, formality: Formality, seasons: readonly Season[] = []): Kind {
  return { slot, formality, seasons };
}

function forDryDays(of: Kind): Kind {
  return { ...of, isForDryDays: true };
}

/** The categories of the model that ships, and those that a model of the same kind of pictures usually has. */
const KINDS: Readonly<Record<string, Kind>> = {
  Tshirts: kind('top', 2),
  Tops: kind('top', 3),
  Shirts: kind('top', 4),
  Kurtas: kind('top', 4),
  Sweaters: kind('top', 3, COLD),
  Sweatshirts: kind('top', 1, COLD),
  Dresses: kind('whole', 4, WARM),
  Jeans: kind('bottom', 2),
  Trousers: kind('bottom', 4),
  Skirts: kind('bottom', 3, WARM),
  Leggings: kind('bottom', 2),
  Shorts: kind('bottom', 1, ['summer']),
  'Track Pants': kind('bottom', 1),
  'Sports Shoes': kind('shoes', 1),
  'Casual Shoes': kind('shoes', 2),
  Sandals: forDryDays(kind('shoes', 2, ['summer'])),
  Flats: forDryDays(kind('shoes', 3, WARM)),
  Heels: forDryDays(kind('shoes', 4)),
  'Formal Shoes': kind('shoes', 5),
  Sunglasses: forDryDays(kind('accessory', 2, ['spring', 'summer'])),
  Caps: kind('accessory', 1, WARM),
  Backpacks: kind('accessory', 2),
  Handbags: kind('accessory', 3),
  Watches: kind('accessory', 3),
  Belts: kind('accessory', 3),
  Scarves: kind('accessory', 3, COLD),
  Ties: kind('accessory', 5),
};

/** @returns undefined for a category of which no outfit is made */
export function kindOf(category: string): Kind | undefined {
  return Object.hasOwn(KINDS, category) ? KINDS[category] : undefined;
}

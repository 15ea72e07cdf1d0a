/** Wardrobes and needs, generated from a seed. */
import type { Day } from '@hangtag/shared/domain/report/day-window.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { COLOUR_NAMES } from '@hangtag/wardrobe/engine/colour.js';
import { FORMALITIES, type Item, SEASONS } from '@hangtag/wardrobe/engine/garment.js';
import { CLIMATES, type Need, OCCASION_NAMES } from '@hangtag/wardrobe/engine/occasion.js';

export const SHIPPED_CATEGORIES = [
  ...['Casual Shoes', 'Handbags', 'Heels', 'Kurtas', 'Shirts', 'Sports Shoes'],
  ...['Sunglasses', 'Tops', 'Tshirts', 'Watches'],
];
const OTHER_CATEGORIES = ['Jeans', 'Trousers', 'Dresses', 'Belts', 'Formal Shoes', 'Umbrellas'];
const DAYS = Array.from({ length: 28 }, (_, index) => `2026-11-${String(index + 1).padStart(2, '0')}` as Day);

export class WardrobeMaker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = mulberry32(seed);
  }

  items(count: number, categories = this.#categories()): readonly Item[] {
    return Array.from({ length: count }, (_, index) => this.#item(`item-${index}`, categories));
  }

  need(): Need {
    return {
      day: this.#one(DAYS),
      occasion: this.#one(OCCASION_NAMES),
      climate: this.#one(CLIMATES),
      weather: this.#chance(0.5) ? { temperatureC: this.#between(-5, 35), isRaining: false } : undefined,
      liked: this.#chance(0.5) ? [this.#one(COLOUR_NAMES)] : [],
      avoided: this.#chance(0.3) ? [this.#one(COLOUR_NAMES)] : [],
    };
  }

  #categories(): readonly string[] {
    return this.#chance(0.5) ? SHIPPED_CATEGORIES : [...SHIPPED_CATEGORIES, ...OTHER_CATEGORIES];
  }

  #item(id: string, categories: readonly string[]): Item {
    const colours = Array.from({ length: Math.floor(this.#between(0, 4)) }, () => ({
      ...{ l: this.#random(), c: this.#between(0, 0.3), h: this.#between(0, 360), share: this.#random() },
    }));
    return {
      ...{ id, colours, category: this.#one(categories), formality: this.#one(FORMALITIES) },
      seasons: SEASONS.filter(() => this.#chance(0.3)),
      worn: DAYS.filter(() => this.#chance(0.05)),
      isDirty: this.#chance(0.15),
      isLiked: this.#chance(0.3) ? this.#chance(0.5) : undefined,
    };
  }

  #between(from: number, to: number): number {
    return from + this.#random() * (to - from);
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #one<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)] as T;
  }
}

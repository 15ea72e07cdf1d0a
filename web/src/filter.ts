/** Which images the wall shows. The address has it, so that a link shows the same: `#wall?status=review&tier=QUICK_REVIEW`. */
import { shardGroups } from '@hangtag/shared/domain/index-shards.js';
import { COLOURS, type Colour } from '@hangtag/shared/domain/palette.js';
import { STATUSES, type Status, TIERS, type Tier } from '@hangtag/shared/domain/record.js';
import type { Image } from './image.js';

export interface Filter {
  readonly status?: Status | undefined;
  readonly category?: string | undefined;
  readonly tier?: Tier | undefined;
  /** `2026-11-20`, of the browser's time zone. */
  readonly day?: string | undefined;
  readonly owner?: string | undefined;
  /** One of the colours with a large share. */
  readonly colour?: Colour | undefined;
  /** Words of the name or the category. Firestore cannot search them: they select among the images that were read. */
  readonly text?: string | undefined;
}

/** What is not valid is left out. */
export function parseFilter(query: string): Filter {
  const values = new URLSearchParams(query);
  const textOf = (key: string) => values.get(key) || undefined;
  const day = textOf('day');
  return {
    status: STATUSES.find((status) => status === values.get('status')),
    category: textOf('category'),
    tier: TIERS.find((tier) => tier === values.get('tier')),
    day: day !== undefined && Number.isNaN(Date.parse(`${day}T00:00`)) ? undefined : day,
    owner: textOf('owner'),
    colour: COLOURS.find((colour) => colour === values.get('colour')),
    text: textOf('text'),
  };
}

/** @returns an empty text if there is nothing to filter */
export function queryOf(filter: Filter): string {
  const given = Object.entries(filter).filter(([, value]) => value !== undefined && value !== '');
  return new URLSearchParams(given as [string, string][]).toString();
}

/** Epoch milliseconds; `to` is exclusive. */
export function windowOf(day: string): { readonly from: number; readonly to: number } {
  const from = new Date(`${day}T00:00`);
  return { from: from.getTime(), to: new Date(from).setDate(from.getDate() + 1) };
}

/** A field, an operator of Firestore and a value; a `Date` stands for a timestamp. */
export type Comparison = readonly [
  field: string,
  operator: '==' | '<' | '>=' | 'in' | 'array-contains',
  value: unknown,
];

/** Conditions of a query, for each SDK of Firestore: of each list, one comparison must hold. */
export type Conditions = readonly (readonly Comparison[])[];

/**
 * The queries that together have all images of a filter: one for all shards, or two if a category makes too many combinations
 * for one.
 */
export function selectionsOf(filter: Filter, shards: number): readonly Conditions[] {
  const conditions = conditionsOf(filter);
  if (shards === 1) return [conditions];
  const alternatives = filter.category === undefined ? 1 : 2;
  return shardGroups(shards, alternatives).map((group) => [[['shard', 'in', group]], ...conditions]);
}

function conditionsOf({ status, category, tier, owner, colour, day }: Filter): Conditions {
  const window = day === undefined ? undefined : windowOf(day);
  const conditions: Conditions = [
    [['status', '==', status]],
    [['tier', '==', tier]],
    [['owner', '==', owner]],
    [['colours', 'array-contains', colour]],
    [
      ['category', '==', category],
      ['correction.category', '==', category],
    ],
    [['uploadedAt', '>=', window && new Date(window.from)]],
    [['uploadedAt', '<', window && new Date(window.to)]],
  ];
  return conditions.filter(([comparison]) => comparison?.[2] !== undefined);
}

/** What Firestore cannot filter: words, and a category that a person has replaced. */
export function isMatch({ name, category }: Image, filter: Filter): boolean {
  if (filter.category !== undefined && category !== filter.category) return false;
  if (filter.text === undefined) return true;
  const text = `${name} ${category ?? ''}`.toLowerCase();
  return filter.text
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** The figures of a model's card, as the tenant's document of the version has them: figures of each set of pictures that it was tested on. */
import type { DocumentData } from 'firebase/firestore';

export interface CardRow {
  /** Name of the set. */
  readonly set: string;
  /** Pictures; null if unknown. */
  readonly n: number | null;
  /** Shares, 0 to 1. */
  readonly accuracy: number;
  readonly ece: number | null;
}

export interface Card {
  /** `id@version`. */
  readonly name: string;
  readonly rows: readonly CardRow[];
}

/** Never throws. A set without an accuracy is left out. */
export function cardOf(name: string, { figures }: DocumentData): Card {
  const rows = Object.entries(Object(figures)).flatMap(([set, value]) => {
    const { n, accuracy, ece } = Object(value);
    if (typeof accuracy !== 'number') return [];
    return [{ set, n: numberOr(n), accuracy, ece: numberOr(ece) }];
  });
  return { name, rows: rows.toSorted((a, b) => a.set.localeCompare(b.set)) };
}

function numberOr(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}

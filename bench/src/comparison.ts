/** One run held against another: pure. */
import type { Figure } from './figure.js';

export interface Change {
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly now: number;
  /** Of the median, 0.1 for a tenth more; undefined where there was nothing before. */
  readonly change: number | undefined;
  /** Ratios of both, where both have one: they say more than the medians where the machines differ. */
  readonly ratios?: { readonly before: number; readonly now: number };
}

export interface Comparison {
  /** In the order of the present figures. */
  readonly changes: readonly Change[];
  /** In the baseline alone. */
  readonly notMeasuredNow: readonly string[];
  /** In this run alone. */
  readonly notInBaseline: readonly string[];
}

export function compare(baseline: readonly Figure[], present: readonly Figure[]): Comparison {
  const before = new Map(baseline.map((figure) => [figure.name, figure]));
  const now = new Set(present.map(({ name }) => name));
  return {
    changes: present.flatMap((figure) => {
      const old = before.get(figure.name);
      return old === undefined ? [] : [changeOf(old, figure)];
    }),
    notMeasuredNow: baseline.flatMap(({ name }) => (now.has(name) ? [] : name)),
    notInBaseline: present.flatMap(({ name }) => (before.has(name) ? [] : name)),
  };
}

function changeOf(old: Figure, figure: Figure): Change {
  const { name, unit, median, ratio } = figure;
  return {
    name,
    unit,
    before: old.median,
    now: median,
    change: old.median === 0 ? undefined : median / old.median - 1,
    ...(ratio !== undefined && old.ratio !== undefined && { ratios: { before: old.ratio, now: ratio } }),
  };
}

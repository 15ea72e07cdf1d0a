/** Compares one run with another. Pure functions. */
import { type Figure, SHARE_REACHED } from './figure.js';

export interface Change {
  readonly name: string;
  readonly unit: string;
  readonly before: number;
  readonly now: number;
  /** Of the median: 0.1 is an increase by a tenth; undefined if the median was 0 before. */
  readonly change: number | undefined;
  /** The largest noise of both runs, as a share. */
  readonly noise: number;
  readonly isWorse: boolean;
  /** Present if both figures have a ratio. Where the machines differ, ratios say more than medians. */
  readonly ratios?: { readonly before: number; readonly now: number };
}

export interface Comparison {
  /** In the order of the present figures. */
  readonly changes: readonly Change[];
  /** Only in the baseline. */
  readonly notMeasuredNow: readonly string[];
  /** Only in this run. */
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

/** Of a figure without measured noise: runs of one build differ by a tenth (docs/performance.md). */
const LEAST_NOISE = 0.1;

/** Rates, counts of what succeeded, and shares of a limit. Of all other figures, less is better. */
function isBetterIfHigher(unit: string): boolean {
  return unit.endsWith('/s') || unit === 'images' || unit === SHARE_REACHED;
}

function changeOf(old: Figure, figure: Figure): Change {
  const { name, unit, median, ratio } = figure;
  const change = old.median === 0 ? undefined : median / old.median - 1;
  const noise = Math.max(LEAST_NOISE, old.noise ?? 0, figure.noise ?? 0);
  const increase = change ?? (median > 0 ? Number.POSITIVE_INFINITY : 0);
  const loss = isBetterIfHigher(unit) ? -increase : increase;
  return {
    name,
    unit,
    before: old.median,
    now: median,
    change,
    noise,
    isWorse: loss > noise,
    ...(ratio !== undefined && old.ratio !== undefined && { ratios: { before: old.ratio, now: ratio } }),
  };
}

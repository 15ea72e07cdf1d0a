/** Figures and comparisons as text tables. */
import Table from 'cli-table3';
import type { Change, Comparison } from './comparison.js';
import type { Figure } from './figure.js';

/** No lines between rows. */
const STYLE = {
  style: { head: [], border: [] },
  chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
};

export function figuresText(figures: readonly Figure[]): string {
  const colAligns = ['left', 'left', 'right', 'right', 'right', 'right', 'left'] as const;
  const head = ['figure', 'unit', 'min', 'median', 'max', 'runs', 'ratio'];
  const table = new Table({ ...STYLE, head, colAligns: [...colAligns] });
  for (const { name, unit, min, median, max, runs, ratio, ratioTo } of figures) {
    const against = ratio === undefined ? '' : `${ratio} of ${ratioTo}`;
    table.push([name, unit, number(min), number(median), number(max), runs, against]);
  }
  return table.toString();
}

export function comparisonText({ changes, notMeasuredNow, notInBaseline }: Comparison): string {
  const colAligns = ['left', 'left', 'right', 'right', 'right', 'right', 'left'] as const;
  const head = ['figure', 'unit', 'before', 'now', 'change', 'noise', 'ratio'];
  const table = new Table({ ...STYLE, head, colAligns: [...colAligns] });
  for (const change of changes) {
    const { name, unit, before, now } = change;
    table.push([
      name,
      unit,
      number(before),
      number(now),
      percentOf(change),
      `${(change.noise * 100).toFixed(0)} %`,
      ratiosOf(change),
    ]);
  }
  const worse = changes.filter(({ isWorse }) => isWorse).map(({ name }) => name);
  return [
    table.toString(),
    worse.length === 0
      ? 'Nothing is worse by more than its noise.'
      : `Worse by more than its noise: ${worse.join(', ')}`,
    ...missing('In the file, not measured now', notMeasuredNow),
    ...missing('Measured now, not in the file', notInBaseline),
  ].join('\n');
}

function percentOf({ change }: Change): string {
  if (change === undefined) return '';
  return `${change < 0 ? '' : '+'}${(change * 100).toFixed(1)} %`;
}

function ratiosOf({ ratios }: Change): string {
  return ratios === undefined ? '' : `${ratios.before} -> ${ratios.now}`;
}

function missing(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what}: ${names.join(', ')}`];
}

/** Four significant digits. */
function number(value: number): string {
  return Math.abs(value) >= 1_000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

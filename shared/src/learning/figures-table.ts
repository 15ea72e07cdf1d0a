/** The figures of a learned model as a table of text. */
import type { Evaluation } from '../domain/evaluation.js';
import type { Learned } from './learn-head.js';

export function figuresTable({ after, before, head }: Learned): string {
  const width = Math.max(5, ...head.labels.map((label) => label.length));
  const rows = head.labels
    .filter((label) => (after.perClass[label]?.n ?? 0) > 0)
    .map((label) => [label.padEnd(width), ...columns(label, after, before)].join('  '));
  const header = [
    'Label'.padEnd(width),
    '     n',
    'precision',
    'recall',
    ...(before ? ['recall before'] : []),
  ];
  return [
    `Accuracy ${percent(after.accuracy)}${before ? `, before ${percent(before.accuracy)}` : ''}, ${after.n} pictures, cross-validated: each was labelled by a model that had not seen it.`,
    '',
    header.join('  '),
    ...rows,
    '',
    ...after.tiers.map(
      ({ tier, coverage, precision }) =>
        `${tier.padEnd(13)}  covers ${percent(coverage)}, of which right ${percent(precision)}`,
    ),
  ].join('\n');
}

function columns(label: string, after: Evaluation, before: Evaluation | undefined): readonly string[] {
  const { n = 0, precision = null, recall = null } = after.perClass[label] ?? {};
  const former = before && percent(before.perClass[label]?.recall ?? null).padStart(13);
  return [
    String(n).padStart(6),
    percent(precision).padStart(9),
    percent(recall).padStart(6),
    ...(former ? [former] : []),
  ];
}

export function percent(value: number | null): string {
  return value === null ? '-' : `${(value * 100).toFixed(1)}%`;
}

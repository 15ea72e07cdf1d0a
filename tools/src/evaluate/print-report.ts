import type { DeliveryFigures, DeliveryShares } from '@hangtag/shared/domain/delivery-figures.js';
import { BACKGROUNDS, type checkGuarantees } from '@hangtag/shared/domain/precision-guarantee.js';
import type { EvaluationRun } from './run-evaluation.js';

/** Prints the figures as text. */
export function formatReport({ report, leftOut }: EvaluationRun): string {
  const reasons = [...new Set(leftOut.map(({ reason }) => reason))];
  const width = Math.max(...Object.keys(report.perClass).map((label) => label.length));
  return [
    `Pictures   ${report.n}`,
    ...reasons.map(
      (reason) => `Left out   ${leftOut.filter((row) => row.reason === reason).length} (${reason})`,
    ),
    `Accuracy   ${percent(report.accuracy)}`,
    `ECE        ${report.ece?.toFixed(4) ?? '-'}`,
    `Time       ${report.ms.decode.toFixed(1)} ms decoding, ${report.ms.infer.toFixed(1)} ms in the network`,
    '',
    `${'Class'.padEnd(width)}      n  precision  recall  mostly taken for`,
    ...Object.entries(report.perClass).map(([label, { n, precision, recall }]) =>
      [
        label.padEnd(width),
        String(n).padStart(6),
        percent(precision).padStart(10),
        percent(recall).padStart(7),
        ` ${mistakenFor(report.confusion[label] ?? {}, label)}`,
      ].join(' '),
    ),
    '',
    ...report.tiers.map(
      ({ tier, coverage, precision }) =>
        `${tier.padEnd(13)}  covers ${percent(coverage).padStart(7)}, of which right ${percent(precision).padStart(7)}`,
    ),
    ...Object.entries(report.delivered).flatMap(([source, figures]) => formatDelivery(source, figures)),
  ].join('\n');
}

/** What users get of the pictures of one source: a table with a row for each label. */
function formatDelivery(source: string, { byLabel, macroRight, ...all }: DeliveryFigures): readonly string[] {
  const rows: readonly (readonly [string, DeliveryShares])[] = [...Object.entries(byLabel), ['all', all]];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    '',
    `Delivered, source "${source}": right labels ${percent(macroRight)}, mean of the labels`,
    `${''.padEnd(width)}      n  done, right  done, wrong  to review`,
    ...rows.map(([label, { n, right, wrong, review }]) => {
      const reasons = Object.entries(review).map(([reason, share]) => `${reason} ${percent(share)}`);
      return [
        label.padEnd(width),
        String(n).padStart(6),
        percent(right).padStart(12),
        percent(wrong).padStart(12),
        ` ${reasons.join(', ') || '-'}`,
      ].join(' ');
    }),
  ];
}

/** What the manifest guarantees, and what these pictures show. */
export function formatGuarantees(checks: ReturnType<typeof checkGuarantees>): string {
  const lines = BACKGROUNDS.flatMap((background) =>
    checks[background].map(({ precision, confidence, n, wrong, isKept }) =>
      [
        background.padEnd(10),
        percent(precision).padStart(10),
        confidence.toFixed(3).padStart(10),
        String(n).padStart(6),
        percent(n === 0 ? null : 1 - wrong / n).padStart(8),
        isKept ? ' yes' : ' no',
      ].join(' '),
    ),
  );
  return ['', 'Background guaranteed confidence      n    right  kept', ...lines].join('\n');
}

function percent(value: number | null): string {
  return value === null ? '-' : `${(value * 100).toFixed(2)}%`;
}

function mistakenFor(predictions: Readonly<Record<string, number>>, label: string): string {
  return Object.entries(predictions)
    .filter(([predicted, count]) => predicted !== label && count > 0)
    .sort(([, a], [, b]) => b - a)
    .slice(0, 2)
    .map(([predicted, count]) => `${predicted} (${count})`)
    .join(', ');
}

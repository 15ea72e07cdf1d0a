import type { Summary } from './results.js';

/** The summary for a terminal. */
export function summaryText(summary: Summary): string {
  const { images, labelled, failed, skipped, waiting, accuracy, imagesPerSecond, p50Ms, p95Ms } = summary;
  const lines: [string, string][] = [
    ['images', String(images)],
    ['labelled', String(labelled)],
    ['failed', String(failed)],
    ['skipped', String(skipped)],
    ['still waiting', String(waiting)],
    ['accuracy', accuracy === null ? 'truth not known' : `${(100 * accuracy).toFixed(1)} %`],
    ['images per second', imagesPerSecond === null ? '' : imagesPerSecond.toFixed(1)],
    [
      'upload to label',
      p50Ms === null ? '' : `p50 ${Math.round(p50Ms)} ms, p95 ${Math.round(p95Ms ?? 0)} ms`,
    ],
  ];
  return lines.map(([name, value]) => `  ${name.padEnd(18)} ${value}`).join('\n');
}

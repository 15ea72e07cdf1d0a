/** What in a report somebody should know without reading it: the conditions of the alerts, in words. */
import type { Report, ReportSettings } from './report.js';

/** Least urgent first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Every condition that can raise an alert: stored in alert states, so never rename one. */
export const CONDITIONS = {
  'reconciliation-mismatch': 'critical',
  'many-failures': 'critical',
  'many-low-confidence': 'warning',
  drift: 'warning',
  'over-budget': 'warning',
  'slow-report': 'warning',
  'slow-sweep': 'warning',
  'missing-report': 'critical',
  'model-self-test': 'critical',
} as const satisfies Readonly<Record<string, Severity>>;

export type Condition = keyof typeof CONDITIONS;

export interface Finding {
  readonly condition: Condition;
  readonly severity: Severity;
  readonly text: string;
}

export type Findings = readonly Finding[];

/** The conditions that a report decides, whichever way: those that hold are findings, the others are over. */
export const REPORT_CONDITIONS = [
  'reconciliation-mismatch',
  'many-failures',
  'many-low-confidence',
  'drift',
  'over-budget',
] as const satisfies readonly Condition[];

/** Of a report, or of a sweep. */
const SLOW_RUN_MS = 15 * 60_000;
const FAILED_SHARE = 0.1;
const LOW_CONFIDENCE_IMAGES = 50;

type Composed = Omit<Report, 'findings'>;

export function findingsOf(report: Composed, settings: ReportSettings): Findings {
  const rules: Readonly<Record<(typeof REPORT_CONDITIONS)[number], string | undefined>> = {
    'reconciliation-mismatch': mismatch(report),
    'many-failures': failures(report),
    'many-low-confidence': lowConfidence(report),
    drift: drifted(report),
    'over-budget': overBudget(report, settings),
  };
  return REPORT_CONDITIONS.flatMap((condition) => {
    const text = rules[condition];
    return text === undefined ? [] : [finding(condition, text)];
  });
}

export function finding(condition: Condition, text: string): Finding {
  return { condition, severity: CONDITIONS[condition], text };
}

/** @returns undefined where the run was no slower than it should be */
export function slowRun(condition: 'slow-report' | 'slow-sweep', runMs: number): Finding | undefined {
  if (runMs <= SLOW_RUN_MS) return undefined;
  const what = condition === 'slow-report' ? 'report' : 'sweep';
  const [minutes, most] = [runMs, SLOW_RUN_MS].map((ms) => Math.round(ms / 60_000));
  return finding(condition, `The ${what} took ${minutes} minutes, more than ${most}.`);
}

function mismatch({ reconciliation }: Composed): string | undefined {
  const { balanced, objects, records, rows } = reconciliation;
  if (balanced) return undefined;
  return `The day does not add up: ${objects} objects in the bucket, ${records} records, ${rows} rows in the files.`;
}

function failures({ totals }: Composed): string | undefined {
  if (totals.failed <= FAILED_SHARE * totals.processed) return undefined;
  return `${totals.failed} of ${totals.processed} processed images failed, more than 10 %.`;
}

function lowConfidence({ confidence }: Composed): string | undefined {
  const count = confidence.tiers.MANUAL_REVIEW;
  if (count <= LOW_CONFIDENCE_IMAGES) return undefined;
  return `${count} images have a confidence too low for a quick look, more than ${LOW_CONFIDENCE_IMAGES}.`;
}

function drifted({ drift }: Composed): string | undefined {
  const { categories, confidence } = drift;
  if (categories.level !== 'major' && confidence.level !== 'major') return undefined;
  const what = [
    ...(categories.level === 'major' ? [`the mix of categories (PSI ${categories.psi})`] : []),
    ...(confidence.level === 'major' ? [`the confidences (PSI ${confidence.psi})`] : []),
  ].join(' and ');
  return `Against the seven days before, ${what} moved more than chance explains.`;
}

function overBudget({ cost }: Composed, { dailyBudgetUsd }: ReportSettings): string | undefined {
  if (dailyBudgetUsd === undefined || cost.totalUsd <= dailyBudgetUsd) return undefined;
  return `The day is estimated to have cost ${cost.totalUsd} USD, more than its budget of ${dailyBudgetUsd} USD.`;
}

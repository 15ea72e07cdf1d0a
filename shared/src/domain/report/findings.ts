/** The conditions that raise alerts, and the findings of a report: the conditions that hold, in words. */
import { nameOfVersion } from '../model-version.js';
import { faultsOfPromotion } from '../promotion.js';
import type { Tier } from '../record.js';
import { type TypicalityReport, UNLIKE_BELOW } from '../typicality.js';
import type { Cost } from './cost.js';
import type { DayTrial } from './day-trials.js';
import type { Reconciliation } from './reconciliation.js';
import type { DriftReport } from './trailing-week.js';

/** Least urgent first. */
export const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Every condition that can raise an alert: stored in alert states, so never rename one. */
export const CONDITIONS = {
  'reconciliation-mismatch': 'critical',
  'many-failures': 'critical',
  'many-low-confidence': 'warning',
  drift: 'warning',
  'unlike-measured': 'warning',
  'over-budget': 'warning',
  'slow-report': 'warning',
  'slow-sweep': 'warning',
  'missing-report': 'critical',
  'model-self-test': 'critical',
  'model-not-loaded': 'critical',
  'trial-ready': 'info',
} as const satisfies Readonly<Record<string, Severity>>;

export type Condition = keyof typeof CONDITIONS;

export interface Finding {
  readonly condition: Condition;
  readonly severity: Severity;
  readonly text: string;
}

export type Findings = readonly Finding[];

/** The conditions that a report decides: those that hold are its findings, the others no longer hold. */
export const REPORT_CONDITIONS = [
  'reconciliation-mismatch',
  'many-failures',
  'many-low-confidence',
  'drift',
  'unlike-measured',
  'over-budget',
  'trial-ready',
] as const satisfies readonly Condition[];

/** For a report and for a sweep. */
const SLOW_RUN_MS = 15 * 60_000;
const FAILED_SHARE = 0.1;
const LOW_CONFIDENCE_IMAGES = 50;

/** The part of a report that decides its findings. */
export interface Measured {
  readonly totals: { readonly failed: number; readonly processed: number };
  readonly confidence: { readonly tiers: Readonly<Record<Tier, number>> };
  readonly drift: DriftReport;
  readonly typicality: TypicalityReport;
  readonly reconciliation: Reconciliation;
  readonly cost: Cost;
  readonly trials: readonly Pick<DayTrial, 'active' | 'shadow' | 'judged'>[];
}

/** @param dailyBudgetUsd undefined if there is no budget */
export function findingsOf(report: Measured, dailyBudgetUsd: number | undefined): Findings {
  const rules: Readonly<Record<(typeof REPORT_CONDITIONS)[number], string | undefined>> = {
    'reconciliation-mismatch': mismatch(report),
    'many-failures': failures(report),
    'many-low-confidence': lowConfidence(report),
    drift: drifted(report),
    'unlike-measured': unlike(report),
    'over-budget': overBudget(report, dailyBudgetUsd),
    'trial-ready': betterModel(report),
  };
  return REPORT_CONDITIONS.flatMap((condition) => {
    const text = rules[condition];
    return text === undefined ? [] : [finding(condition, text)];
  });
}

export function finding(condition: Condition, text: string): Finding {
  return { condition, severity: CONDITIONS[condition], text };
}

/** @returns undefined if the run was not slow */
export function slowRun(condition: 'slow-report' | 'slow-sweep', runMs: number): Finding | undefined {
  if (runMs <= SLOW_RUN_MS) return undefined;
  const what = condition === 'slow-report' ? 'report' : 'sweep';
  const [minutes, most] = [runMs, SLOW_RUN_MS].map((ms) => Math.round(ms / 60_000));
  return finding(condition, `The ${what} took ${minutes} minutes, more than ${most}.`);
}

function mismatch({ reconciliation }: Measured): string | undefined {
  const { balanced, objects, records, rows } = reconciliation;
  if (balanced) return undefined;
  return `The day does not add up: ${objects} objects in the bucket, ${records} records, ${rows} rows in the files.`;
}

function failures({ totals }: Measured): string | undefined {
  if (totals.failed <= FAILED_SHARE * totals.processed) return undefined;
  return `${totals.failed} of ${totals.processed} processed images failed, more than 10 %.`;
}

function lowConfidence({ confidence }: Measured): string | undefined {
  const count = confidence.tiers.MANUAL_REVIEW;
  if (count <= LOW_CONFIDENCE_IMAGES) return undefined;
  return `${count} images have a confidence too low for a quick look, more than ${LOW_CONFIDENCE_IMAGES}.`;
}

function drifted({ drift }: Measured): string | undefined {
  const { categories, confidence } = drift;
  if (categories.level !== 'major' && confidence.level !== 'major') return undefined;
  const what = [
    ...(categories.level === 'major' ? [`the mix of categories (PSI ${categories.psi})`] : []),
    ...(confidence.level === 'major' ? [`the confidences (PSI ${confidence.psi})`] : []),
  ].join(' and ');
  return `Against the seven days before, ${what} moved more than chance explains.`;
}

function unlike({ typicality }: Measured): string | undefined {
  const { images, unlike, level } = typicality;
  if (level !== 'high') return undefined;
  const [share, usual] = [unlike / images, UNLIKE_BELOW].map((each) => `${Math.round(each * 100)} %`);
  return `${unlike} of ${images} labelled images (${share}) look unlike the pictures that the model was measured on, where ${usual} do: its confidences may be wrong for them. Correct some of them and let the model learn from the corrections: npm run learn, docs/learning.md.`;
}

function overBudget({ cost }: Measured, dailyBudgetUsd: number | undefined): string | undefined {
  if (dailyBudgetUsd === undefined || cost.totalUsd <= dailyBudgetUsd) return undefined;
  return `The day is estimated to have cost ${cost.totalUsd} USD, more than its budget of ${dailyBudgetUsd} USD.`;
}

/** Judged on the day: `npm run models -- promote` decides by all judged images of the trial. */
function betterModel({ trials }: Measured): string | undefined {
  const better = trials.flatMap(({ active, shadow, judged }) => {
    if (judged === null || faultsOfPromotion(judged).length > 0) return [];
    const [before, after] = [judged.active, judged.shadow].map(
      ({ accuracy }) => `${(100 * accuracy).toFixed(1)} %`,
    );
    return `${nameOfVersion(shadow)} on trial had ${after} of ${judged.n} judged images right, ${nameOfVersion(active)} ${before}.`;
  });
  if (better.length === 0) return undefined;
  return `${better.join(' ')} To promote it: npm run models -- promote.`;
}

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

/** What the text of a finding says in figures and names, for those who say it in another language. */
export type FindingValues = Readonly<Record<string, number | string>>;

export interface Finding {
  readonly condition: Condition;
  readonly severity: Severity;
  /** In English. */
  readonly text: string;
  /** Empty if the text has none, or says what other software wrote. */
  readonly values: FindingValues;
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

type Said = Pick<Finding, 'text' | 'values'>;

/** @param dailyBudgetUsd undefined if there is no budget */
export function findingsOf(report: Measured, dailyBudgetUsd: number | undefined): Findings {
  const rules: Readonly<Record<(typeof REPORT_CONDITIONS)[number], Said | undefined>> = {
    'reconciliation-mismatch': mismatch(report),
    'many-failures': failures(report),
    'many-low-confidence': lowConfidence(report),
    drift: drifted(report),
    'unlike-measured': unlike(report),
    'over-budget': overBudget(report, dailyBudgetUsd),
    'trial-ready': betterModel(report),
  };
  return REPORT_CONDITIONS.flatMap((condition) => {
    const said = rules[condition];
    return said === undefined ? [] : [finding(condition, said.text, said.values)];
  });
}

export function finding(condition: Condition, text: string, values: FindingValues = {}): Finding {
  return { condition, severity: CONDITIONS[condition], text, values };
}

/** @returns undefined if the run was not slow */
export function slowRun(condition: 'slow-report' | 'slow-sweep', runMs: number): Finding | undefined {
  if (runMs <= SLOW_RUN_MS) return undefined;
  const what = condition === 'slow-report' ? 'report' : 'sweep';
  const [minutes, most] = [Math.round(runMs / 60_000), SLOW_RUN_MS / 60_000];
  return finding(condition, `The ${what} took ${minutes} minutes, more than ${most}.`, { minutes, most });
}

function mismatch({ reconciliation }: Measured): Said | undefined {
  const { balanced, objects, records, rows } = reconciliation;
  if (balanced) return undefined;
  const text = `The day does not add up: ${objects} objects in the bucket, ${records} records, ${rows} rows in the files.`;
  return { text, values: { objects, records, rows } };
}

function failures({ totals }: Measured): Said | undefined {
  const { failed, processed } = totals;
  if (failed <= FAILED_SHARE * processed) return undefined;
  const text = `${failed} of ${processed} processed images failed, more than 10 %.`;
  return { text, values: { failed, processed } };
}

function lowConfidence({ confidence }: Measured): Said | undefined {
  const [images, most] = [confidence.tiers.MANUAL_REVIEW, LOW_CONFIDENCE_IMAGES];
  if (images <= most) return undefined;
  const text = `${images} images have a confidence too low for a quick look, more than ${most}.`;
  return { text, values: { images, most } };
}

function drifted({ drift }: Measured): Said | undefined {
  const [categoriesPsi, confidencesPsi] = [drift.categories, drift.confidence].map(({ level, psi }) =>
    level === 'major' && psi !== null ? psi : undefined,
  );
  if (categoriesPsi === undefined && confidencesPsi === undefined) return undefined;
  const what = [
    ...(categoriesPsi === undefined ? [] : [`the mix of categories (PSI ${categoriesPsi})`]),
    ...(confidencesPsi === undefined ? [] : [`the confidences (PSI ${confidencesPsi})`]),
  ].join(' and ');
  return {
    text: `Against the seven days before, ${what} moved more than chance explains.`,
    values: {
      ...(categoriesPsi !== undefined && { categoriesPsi }),
      ...(confidencesPsi !== undefined && { confidencesPsi }),
    },
  };
}

function unlike({ typicality }: Measured): Said | undefined {
  const { images, unlike, level } = typicality;
  if (level !== 'high') return undefined;
  const [share, usual] = [Math.round((unlike / images) * 100), Math.round(UNLIKE_BELOW * 100)];
  const text = `${unlike} of ${images} labelled images (${share} %) look unlike the pictures that the model was measured on, where ${usual} % do: its confidences may be wrong for them. Correct some of them and let the model learn from the corrections: npm run learn, docs/learning.md.`;
  return { text, values: { unlike, images, share, usual } };
}

function overBudget({ cost }: Measured, dailyBudgetUsd: number | undefined): Said | undefined {
  if (dailyBudgetUsd === undefined || cost.totalUsd <= dailyBudgetUsd) return undefined;
  const text = `The day is estimated to have cost ${cost.totalUsd} USD, more than its budget of ${dailyBudgetUsd} USD.`;
  return { text, values: { costUsd: cost.totalUsd, budgetUsd: dailyBudgetUsd } };
}

/** Judged on the day: `npm run models -- promote` decides by all judged images of the trial. */
function betterModel({ trials }: Measured): Said | undefined {
  const better = trials.flatMap(({ active, shadow, judged }) => {
    if (judged === null || faultsOfPromotion(judged).length > 0) return [];
    const [before, after] = [percentOf(judged.active.accuracy), percentOf(judged.shadow.accuracy)];
    return { before, after, judged: judged.n, active: nameOfVersion(active), shadow: nameOfVersion(shadow) };
  });
  const [first, ...others] = better;
  if (first === undefined) return undefined;
  const sentences = better.map(
    ({ before, after, judged, active, shadow }) =>
      `${shadow} on trial had ${after.toFixed(1)} % of ${judged} judged images right, ${active} ${before.toFixed(1)} %.`,
  );
  const text = `${sentences.join(' ')} To promote it: npm run models -- promote.`;
  return { text, values: others.length === 0 ? first : {} };
}

function percentOf(share: number): number {
  return Number((100 * share).toFixed(1));
}

/**
 * The report of one civil day of one tenant, composed from summaries: the content of `report.json`, whose schema is
 * docs/report.schema.json. It has no name of an image and no time of writing, so that the same day gives the same bytes.
 */
import type { TenantId } from '../identity.js';
import { aggregationReads } from '../prices.js';
import type { ModelRef, Status, Tier } from '../record.js';
import type { TimeZone } from '../time-zone.js';
import type { Flip } from '../trial.js';
import { NONE_JUDGED, type TypicalityReport, typicalityReport } from '../typicality.js';
import type { VerdictPolicy } from '../verdict.js';
import { type Cost, estimateCost } from './cost.js';
import { type ColourReport, colourReport, NO_COLOURS } from './day-colours.js';
import {
  type DaySummary,
  labelledOf,
  meanConfidenceOf,
  type ReasonCount,
  receivedOf,
} from './day-summary.js';
import type { DayTrial } from './day-trials.js';
import { addDays, type Day, type DayWindow, daysBefore, hoursOf } from './day-window.js';
import { type DurationSummary, summarize } from './duration-histogram.js';
import { type Findings, findingsOf } from './findings.js';
import { type CategoryPrecision, mergeReviewed, precisionOf } from './precision.js';
import type { Reconciliation } from './reconciliation.js';
import { type DriftReport, driftOf, type Week, weekOf } from './trailing-week.js';

const SCHEMA = 'hangtag.report/1';
/** Days in the trend, the day itself included. */
const TREND_DAYS = 14;

export interface Report {
  readonly schema: typeof SCHEMA;
  readonly tenant: TenantId;
  readonly day: Day;
  readonly timeZone: TimeZone;
  /** The day is not over: the report ends at `window.to`. Absent in the report of a day. */
  readonly isSoFar?: true;
  /** Instants; `to` is exclusive. */
  readonly window: { readonly from: string; readonly to: string };
  readonly totals: Totals;
  readonly reasons: readonly ReasonCount[];
  readonly categories: readonly CategoryLine[];
  readonly confidence: ConfidenceReport;
  readonly hours: readonly { readonly hour: string; readonly count: number }[];
  readonly durations: Readonly<Record<'queued' | 'processing' | 'total', DurationSummary>>;
  readonly models: readonly (ModelRef & { readonly count: number })[];
  readonly trials: readonly ReportTrial[];
  readonly corrections: {
    /** Made on the day; and in the fourteen days up to it, from which `precision` is computed. */
    readonly today: number;
    readonly trailing: number;
    readonly precision: readonly CategoryPrecision[];
  };
  readonly drift: DriftReport;
  readonly typicality: TypicalityReport;
  readonly colours: ColourReport;
  readonly week: Week;
  readonly trend: readonly TrendDay[];
  readonly reconciliation: Reconciliation;
  readonly cost: Cost;
  readonly firestoreReads: number;
  readonly retention: Retention;
  readonly findings: Findings;
}

/** A trial without names of images. */
export type ReportTrial = Omit<DayTrial, 'flips'> & { readonly flips: readonly Omit<Flip, 'examples'>[] };

export interface Totals extends Readonly<Record<Status, number>> {
  readonly received: number;
  readonly processed: number;
}

export interface CategoryLine {
  readonly category: string;
  readonly count: number;
  /** Share of the labelled images. */
  readonly share: number;
  readonly automatic: number;
  readonly meanConfidence: number;
}

export interface ConfidenceReport {
  readonly mean: number | null;
  /** Counts in twenty bins of 0.05. */
  readonly bins: readonly number[];
  readonly tiers: Readonly<Record<Tier, number>>;
  readonly autoProcessAt: number;
  readonly quickReviewAt: number;
}

/** `counts` is null if that day has no report. */
export interface TrendDay {
  readonly day: Day;
  readonly counts: Pick<Totals, 'done' | 'review' | 'failed' | 'received'> | null;
}

/** Days. */
export interface Retention {
  readonly images: number;
  readonly records: number;
}

export interface ReportInput {
  readonly tenant: TenantId;
  readonly window: DayWindow;
  readonly summary: DaySummary;
  readonly trials?: readonly DayTrial[];
  /** Summaries of those earlier days that have a report. */
  readonly history: ReadonlyMap<Day, DaySummary>;
  readonly reconciliation: Reconciliation;
  readonly settings: ReportSettings;
  /** What opinions of a vision model cost on the day. */
  readonly opinionsUsd?: number;
  readonly isSoFar?: true;
}

export interface ReportSettings {
  readonly thresholds: Pick<VerdictPolicy, 'autoProcessAt' | 'quickReviewAt'>;
  readonly retention: Retention;
  /** Estimated cost of a day above which an alert is sent; absent: never. */
  readonly dailyBudgetUsd?: number;
}

export function composeReport(input: ReportInput): Report {
  const { tenant, window, summary, trials = [], history, reconciliation, settings } = input;
  const totals = totalsOf(summary);
  const firestoreReads = readsOf(input);
  const body = {
    schema: SCHEMA,
    tenant,
    day: window.day,
    timeZone: window.timeZone,
    ...(input.isSoFar && { isSoFar: input.isSoFar }),
    window: { from: new Date(window.fromMs).toISOString(), to: new Date(window.toMs).toISOString() },
    totals,
    reasons: summary.reasons,
    categories: categoriesOf(summary),
    confidence: confidenceOf(summary, settings),
    hours: hoursOf(window).map(({ label }, index) => ({ hour: label, count: summary.hours[index] ?? 0 })),
    durations: {
      queued: summarize(summary.queued),
      processing: summarize(summary.processing),
      total: summarize(summary.total),
    },
    models: summary.models,
    trials: trials.map(({ flips, ...trial }) => ({
      ...trial,
      flips: flips.map(({ from, to, n }) => ({ from, to, n })),
    })),
    corrections: correctionsOf(summary, trailing(input, TREND_DAYS)),
    drift: driftOf(summary, lastWeek(window.day, history)),
    typicality: typicalityReport(summary.typicality ?? NONE_JUDGED),
    colours: colourReport(summary.colours ?? NO_COLOURS),
    week: weekOf(window.day, new Map([...history, [window.day, summary]])),
    trend: trendOf(window.day, new Map([...history, [window.day, summary]])),
    reconciliation,
    cost: estimateCost({
      images: totals.received,
      computeMs: summary.computeMs,
      reportReads: firestoreReads,
      opinionsUsd: input.opinionsUsd ?? 0,
    }),
    firestoreReads,
    retention: settings.retention,
  } as const;
  return { ...body, findings: findingsOf(body, settings.dailyBudgetUsd) };
}

/** Days that `history` should have. */
export function historyDays(day: Day): readonly Day[] {
  return daysBefore(day, TREND_DAYS - 1);
}

function totalsOf(summary: DaySummary): Totals {
  const { statuses } = summary;
  const processed = statuses.done + statuses.review + statuses.failed;
  return { received: receivedOf(summary), processed, ...statuses };
}

function categoriesOf(summary: DaySummary): readonly CategoryLine[] {
  const labelled = labelledOf(summary);
  return summary.categories.map(({ category, count, automatic, confidenceSum }) => ({
    category,
    count,
    share: Number((count / labelled).toFixed(4)),
    automatic,
    meanConfidence: Number((confidenceSum / count).toFixed(4)),
  }));
}

function confidenceOf(summary: DaySummary, { thresholds }: ReportSettings): ConfidenceReport {
  const { autoProcessAt, quickReviewAt } = thresholds;
  const mean = meanConfidenceOf(summary.categories);
  return { mean, bins: summary.confidence, tiers: summary.tiers, autoProcessAt, quickReviewAt };
}

function correctionsOf(today: DaySummary, days: readonly DaySummary[]): Report['corrections'] {
  const reviewed = (summaries: readonly DaySummary[]) =>
    mergeReviewed(summaries.map((summary) => summary.reviewed)).map(precisionOf);
  const count = (lines: readonly CategoryPrecision[]) => lines.reduce((sum, line) => sum + line.reviewed, 0);
  const precision = reviewed(days);
  return { today: count(reviewed([today])), trailing: count(precision), precision };
}

/** The day, and those before it that have a report. */
function trailing({ window, summary, history }: ReportInput, days: number): readonly DaySummary[] {
  return [...known(daysBefore(window.day, days - 1), history), summary];
}

function lastWeek(day: Day, history: ReadonlyMap<Day, DaySummary>): readonly DaySummary[] {
  return known(daysBefore(day, 7), history);
}

function known(days: readonly Day[], history: ReadonlyMap<Day, DaySummary>): readonly DaySummary[] {
  return days.flatMap((day) => history.get(day) ?? []);
}

function trendOf(day: Day, summaries: ReadonlyMap<Day, DaySummary>): readonly TrendDay[] {
  return daysBefore(addDays(day, 1), TREND_DAYS).map((each) => {
    const summary = summaries.get(each);
    if (summary === undefined) return { day: each, counts: null };
    const { done, review, failed } = summary.statuses;
    return { day: each, counts: { done, review, failed, received: receivedOf(summary) } };
  });
}

/** Each row once, the counts as aggregations, and the summaries of the days before. */
function readsOf({ summary, reconciliation }: ReportInput): number {
  const corrections = mergeReviewed([summary.reviewed]).map(precisionOf);
  const corrected = corrections.reduce((sum, { reviewed }) => sum + reviewed, 0);
  const { statuses, moved } = reconciliation;
  const { deleted } = summary.statuses;
  const counts = [...Object.values(statuses), deleted, deleted + moved];
  const counted = counts.reduce((sum, n) => sum + aggregationReads(n), 0);
  return receivedOf(summary) + corrected + counted + TREND_DAYS;
}

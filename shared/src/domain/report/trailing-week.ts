/** Compares a day with the seven before it, and a week with the week before. */
import { compareUtf8 } from '../utf8-order.js';
import { type DaySummary, meanConfidenceOf, receivedOf } from './day-summary.js';
import { addDays, type Day, daysBefore } from './day-window.js';
import { type Drift, drift } from './drift.js';

export interface DriftReport {
  readonly categories: Drift;
  readonly confidence: Drift;
  readonly meanConfidence: { readonly today: number | null; readonly before: number | null };
  /** The category whose share of all labelled images changed most. */
  readonly largestShift: {
    readonly category: string;
    readonly today: number;
    readonly before: number;
  } | null;
}

export interface Week {
  /** Of seven days. If some have no report, the comparison is not fair and the page says so. */
  readonly reportedDays: number;
  readonly reportedDaysBefore: number;
  readonly lines: readonly WeekLine[];
}

export interface WeekLine {
  readonly what: 'received' | 'done' | 'review' | 'failed';
  readonly count: number;
  readonly before: number;
  /** Relative: 0.1 is 10 % more. Null if `before` is 0. */
  readonly change: number | null;
}

const WEEK = 7;

export function driftOf(today: DaySummary, before: readonly DaySummary[]): DriftReport {
  const categoriesBefore = categoryCounts(before);
  return {
    categories: drift(categoryCounts([today]), categoriesBefore),
    confidence: drift(confidenceCounts([today]), confidenceCounts(before)),
    meanConfidence: { today: meanConfidenceOf(today.categories), before: meanConfidenceOf(mixOf(before)) },
    largestShift: largestShift(categoryCounts([today]), categoriesBefore),
  };
}

export function weekOf(day: Day, summaries: ReadonlyMap<Day, DaySummary>): Week {
  const weekUpTo = (end: Day) =>
    daysBefore(addDays(end, 1), WEEK).flatMap((each) => summaries.get(each) ?? []);
  const [now, before] = [weekUpTo(day), weekUpTo(addDays(day, -WEEK))];
  const line = (what: WeekLine['what'], countOf: (summary: DaySummary) => number): WeekLine => {
    const [a, b] = [sum(now.map(countOf)), sum(before.map(countOf))];
    return { what, count: a, before: b, change: b === 0 ? null : Number((a / b - 1).toFixed(4)) };
  };
  return {
    reportedDays: now.length,
    reportedDaysBefore: before.length,
    lines: [
      line('received', receivedOf),
      line('done', ({ statuses }) => statuses.done),
      line('review', ({ statuses }) => statuses.review),
      line('failed', ({ statuses }) => statuses.failed),
    ],
  };
}

function mixOf(days: readonly DaySummary[]): DaySummary['categories'] {
  return days.flatMap(({ categories }) => categories);
}

function categoryCounts(days: readonly DaySummary[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { category, count } of mixOf(days)) counts.set(category, (counts.get(category) ?? 0) + count);
  return counts;
}

/** In ten bins: with more, a small day looks like a drift. */
function confidenceCounts(days: readonly DaySummary[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { confidence } of days) {
    confidence.forEach((count, bin) => {
      const tenth = String(Math.floor(bin / 2));
      counts.set(tenth, (counts.get(tenth) ?? 0) + count);
    });
  }
  return counts;
}

function largestShift(
  today: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, number>,
): DriftReport['largestShift'] {
  const [a, b] = [sum([...today.values()]), sum([...before.values()])];
  if (a === 0 || b === 0) return null;
  const shifts = [...new Set([...today.keys(), ...before.keys()])].sort(compareUtf8).map((category) => ({
    category,
    today: Number(((today.get(category) ?? 0) / a).toFixed(4)),
    before: Number(((before.get(category) ?? 0) / b).toFixed(4)),
  }));
  const size = (shift: { today: number; before: number }) => Math.abs(shift.today - shift.before);
  return shifts.reduce((most, shift) => (size(shift) > size(most) ? shift : most));
}

function sum(counts: readonly number[]): number {
  return counts.reduce((all, count) => all + count, 0);
}

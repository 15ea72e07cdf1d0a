/** Checks of documents that the functions write and the page only shows. One of another form is not shown. */
import type { AlertState } from '@hangtag/shared/domain/alerts/alert-state.js';
import {
  LEARNING_FAULTS,
  LEARNING_STATES,
  LEARNING_STEPS,
  type LearningRun,
} from '@hangtag/shared/domain/learning-run.js';
import type { Report } from '@hangtag/shared/domain/report/report.js';
import type { SweepState } from '@hangtag/shared/domain/sweep-state.js';
import type { DocumentData } from 'firebase/firestore';
import { millisOf, numberOf, objectOf, textOf } from './image.js';

/** What the page shows of a report. */
export type ShownReport = Pick<
  Report,
  'day' | 'totals' | 'findings' | 'week' | 'trend' | 'hours' | 'categories'
>;

/** What the page shows of a sweep. Instants are epoch milliseconds. */
export type ShownSweep = Pick<
  SweepState,
  'status' | 'pass' | 'prefix' | 'progress' | 'expected' | 'startedAt' | 'updatedAt'
>;

type Fields = Readonly<Record<string, unknown>>;

const COUNTS = ['received', 'done', 'review', 'failed'] as const;
const SWEEP_STATUSES = ['running', 'paused', 'done', 'aborted'];

export function isReport(value: unknown): value is ShownReport {
  const report = objectOf(value) ?? {};
  const week = objectOf(report['week']) ?? {};
  return (
    hasTexts(report, ['day']) &&
    hasNumbers(objectOf(report['totals']), COUNTS) &&
    isListOf(report['findings'], (finding) => hasTexts(finding, ['condition', 'severity', 'text'])) &&
    hasNumbers(week, ['reportedDays', 'reportedDaysBefore']) &&
    isListOf(week['lines'], isWeekLine) &&
    isListOf(report['trend'], isTrendDay) &&
    isListOf(report['hours'], (hour) => hasTexts(hour, ['hour']) && hasNumbers(hour, ['count'])) &&
    isListOf(
      report['categories'],
      (line) => hasTexts(line, ['category']) && hasNumbers(line, ['count', 'share', 'automatic']),
    )
  );
}

export function isAlert(value: unknown): value is AlertState {
  const alert = objectOf(value);
  return hasTexts(alert, ['condition', 'severity', 'text', 'phase']) && hasNumbers(alert, ['since']);
}

/** @returns undefined if it has another form */
export function sweepOf(data: DocumentData): ShownSweep | undefined {
  const [startedAt, updatedAt] = [millisOf(data['startedAt']), millisOf(data['updatedAt'])];
  const progress = objectOf(data['progress']);
  const isSweep =
    SWEEP_STATUSES.includes(data['status']) &&
    typeof data['prefix'] === 'string' &&
    hasTexts(data, ['pass']) &&
    (data['expected'] === null || numberOf(data['expected']) !== null) &&
    progress !== null &&
    hasNumbers(progress, ['listed', ...Object.keys(progress)]);
  if (!isSweep || startedAt === null || updatedAt === null) return undefined;
  return { ...(data as ShownSweep), startedAt, updatedAt };
}

/** The last run of learning. @returns undefined if it has another form */
export function runOf(data: DocumentData): LearningRun | undefined {
  const state = LEARNING_STATES.find((each) => each === data['state']);
  const step = LEARNING_STEPS.find((each) => each === data['step']);
  const [queuedAt, updatedAt] = [millisOf(data['queuedAt']), millisOf(data['updatedAt'])];
  const { figures, model, message, fault } = data;
  const isRun =
    hasTexts(data, ['id', 'by']) &&
    hasNumbers(data, ['done', 'total', 'min', 'share']) &&
    ['notes', 'reviewers', 'trusted'].every((name) => areTexts(data[name])) &&
    (message === null || typeof message === 'string') &&
    (figures === null || areFigures(objectOf(figures))) &&
    (model === null || hasTexts(objectOf(model), ['id', 'version']));
  if (!isRun || state === undefined || step === undefined || queuedAt === null || updatedAt === null)
    return undefined;
  // The message says what a fault means that this page does not know.
  const known = LEARNING_FAULTS.find((each) => each === fault) ?? null;
  return { ...(data as LearningRun), state, step, fault: known, queuedAt, updatedAt };
}

function areFigures(figures: Fields | null): boolean {
  return (
    hasNumbers(figures, ['n']) &&
    hasNumbersOrNulls(figures, ['accuracy', 'accuracyBefore']) &&
    isListOf(
      figures?.['classes'],
      (each) =>
        hasTexts(each, ['label']) &&
        hasNumbers(each, ['n']) &&
        hasNumbersOrNulls(each, ['precision', 'recall', 'recallBefore']),
    )
  );
}

function areTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}

function hasNumbersOrNulls(fields: Fields | null, names: readonly string[]): boolean {
  return names.every((name) => fields?.[name] === null || numberOf(fields?.[name]) !== null);
}

function isWeekLine(line: Fields): boolean {
  const isKnown = COUNTS.some((what) => what === line['what']);
  const hasChange = line['change'] === null || numberOf(line['change']) !== null;
  return isKnown && hasChange && hasNumbers(line, ['count', 'before']);
}

function isTrendDay(day: Fields): boolean {
  const hasCounts =
    day['counts'] === null || hasNumbers(objectOf(day['counts']), ['done', 'review', 'failed']);
  return hasTexts(day, ['day']) && hasCounts;
}

function isListOf(value: unknown, check: (element: Fields) => boolean): boolean {
  return Array.isArray(value) && value.every((each) => check(objectOf(each) ?? {}));
}

function hasTexts(fields: Fields | null, names: readonly string[]): boolean {
  return names.every((name) => textOf(fields?.[name]) !== null);
}

function hasNumbers(fields: Fields | null, names: readonly string[]): boolean {
  return names.every((name) => numberOf(fields?.[name]) !== null);
}

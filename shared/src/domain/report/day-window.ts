/**
 * Civil days of a time zone as half-open windows of instants. Every instant is in the window of exactly one day, also when
 * clocks change, a day has no midnight, or the calendar skipped a day.
 */

import { Temporal } from 'temporal-polyfill';
import { InputError } from '../../errors.js';
import type { TimeZone } from '../time-zone.js';

/** A civil date, `2026-11-20`. */
export type Day = string & { readonly __brand: 'Day' };

/** Epoch milliseconds. `fromMs` is inside, `toMs` is not. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface DayWindow extends Window {
  readonly day: Day;
  readonly timeZone: TimeZone;
}

const ISO_DATE = /^\d{4}-\d{2}-\d{2}$/;
const HOUR_MS = 3_600_000;

/** @throws {InputError} */
export function parseDay(text: string): Day {
  try {
    // Temporal also reads times, calendars and `20261120`: a day would have several names.
    if (ISO_DATE.test(text)) return Temporal.PlainDate.from(text).toString() as Day;
  } catch (error) {
    throw dayFault(text, error);
  }
  throw dayFault(text);
}

export function dayWindow(day: Day, timeZone: TimeZone): DayWindow {
  const date = Temporal.PlainDate.from(day);
  return {
    day,
    timeZone,
    fromMs: startOf(date, timeZone),
    toMs: startOf(date.add({ days: 1 }), timeZone),
  };
}

export function addDays(day: Day, days: number): Day {
  return Temporal.PlainDate.from(day).add({ days }).toString() as Day;
}

/** The days before `day`, oldest first. */
export function daysBefore(day: Day, count: number): readonly Day[] {
  return Array.from({ length: count }, (_, index) => addDays(day, index - count));
}

/** Civil time of an instant. */
export function civilTime(
  epochMs: number,
  timeZone: TimeZone,
): { readonly day: Day; readonly minuteOfDay: number } {
  const local = Temporal.Instant.fromEpochMilliseconds(epochMs).toZonedDateTimeISO(timeZone);
  return { day: local.toPlainDate().toString() as Day, minuteOfDay: local.hour * 60 + local.minute };
}

export interface Hour extends Window {
  /** Wall clock at its start, `02:00`. On the day when clocks are set back, one label appears twice. */
  readonly label: string;
}

/** The hours of elapsed time in a window: 23, 24 or 25. The last hour is short if clocks change by half an hour. */
export function hoursOf({ fromMs, toMs, timeZone }: DayWindow): readonly Hour[] {
  const count = Math.ceil((toMs - fromMs) / HOUR_MS);
  return Array.from({ length: count }, (_, index) => {
    const start = fromMs + index * HOUR_MS;
    const local = Temporal.Instant.fromEpochMilliseconds(start).toZonedDateTimeISO(timeZone);
    return {
      fromMs: start,
      toMs: Math.min(start + HOUR_MS, toMs),
      label: local.toPlainTime().toString({ smallestUnit: 'minute' }),
    };
  });
}

function startOf(date: Temporal.PlainDate, timeZone: TimeZone): number {
  return date.toZonedDateTime(timeZone).epochMilliseconds;
}

function dayFault(text: string, cause?: unknown): InputError {
  return new InputError(`Expected a date as YYYY-MM-DD for the day but received "${text}"`, { cause });
}

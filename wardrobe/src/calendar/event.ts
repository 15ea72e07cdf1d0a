import { addDays, civilTime, type Day } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';

/** One occurrence of an event, on the day of the person's time zone. An event of several days has one for each day. */
export interface CalendarEvent {
  readonly id: string;
  readonly day: Day;
  /** RFC 3339 in UTC; null for a whole day. */
  readonly startsAt: string | null;
  readonly title: string;
}

export type Occurrence = Pick<CalendarEvent, 'day' | 'startsAt'>;

/** The days that are read, both inclusive. */
export interface EventWindow {
  readonly from: Day;
  readonly to: Day;
  /** Of the person. */
  readonly timeZone: TimeZone;
}

const MOST_TITLE = 200;
const DAY_MS = 86_400_000;

export function titleOf(text: string): string {
  return oneLine(text.slice(0, MOST_TITLE));
}

/** Text that can be stored and shown: without control characters and halves of surrogate pairs. */
export function oneLine(text: string): string {
  return text.replaceAll(/\p{Cc}|\p{Cs}/gu, ' ');
}

/** @param end the day after the last one; an event that ends before it starts has its first day */
export function wholeDays(first: Day, end: Day, { from, to }: EventWindow): readonly Occurrence[] {
  const last = end > first ? addDays(end, -1) : first;
  const days: Occurrence[] = [];
  for (let day = first < from ? from : first; day <= last && day <= to; day = addDays(day, 1))
    days.push({ day, startsAt: null });
  return days;
}

/**
 * An event with times is on the day on which it starts. One of 24 hours or more is on each day until it ends, too: a party until two
 * o'clock at night is not.
 *
 * @param endMs NaN if it is not known
 */
export function timedDays(startMs: number, endMs: number, window: EventWindow): readonly Occurrence[] {
  const { day: first } = civilTime(startMs, window.timeZone);
  const isLong = endMs - startMs >= DAY_MS;
  const end = isLong ? addDays(civilTime(endMs - 1, window.timeZone).day, 1) : first;
  const startsAt = new Date(startMs).toISOString();
  return wholeDays(first, end, window).map((each) => (each.day === first ? { ...each, startsAt } : each));
}

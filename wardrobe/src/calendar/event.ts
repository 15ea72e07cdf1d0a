import type { Day } from '@hangtag/shared/domain/report/day-window.js';

/** One occurrence of an event, on the day of the person's time zone. An event of several days has one for each day. */
export interface CalendarEvent {
  readonly id: string;
  readonly day: Day;
  /** RFC 3339 in UTC; null for a whole day. */
  readonly startsAt: string | null;
  readonly title: string;
}

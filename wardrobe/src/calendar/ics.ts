/**
 * Reads a calendar (RFC 5545): the occurrences of its events in the days to come. Every limit ends in a line of `leftOut`, or in
 * an error that says what was expected; no calendar takes more than a bounded number of steps.
 */
import { addDays, civilTime, type Day } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import { InputError } from '@hangtag/shared/errors.js';
import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import type { CalendarEvent } from './event.js';

export interface Setting {
  readonly today: Day;
  /** Of the person: for events whose zone is not known. */
  readonly timeZone: TimeZone;
}

export interface LeftOut {
  readonly title: string;
  readonly why: string;
}

export interface ReadCalendar {
  readonly events: readonly CalendarEvent[];
  readonly leftOut: readonly LeftOut[];
}

const DAYS_AHEAD = 60;
const MOST_OCCURRENCES = 2_000;
/** Of all rules together. A daily event since 1970 takes 20,000. */
const MOST_STEPS = 50_000;
/** An occurrence that was moved further, or that takes longer, is not found. */
const MOST_MOVED_DAYS = 31;
const MOST_LEFT_OUT = 100;
const MOST_TITLE = 200;

/** @throws {InputError} the text is not a calendar */
export function readEvents(text: string, { today, timeZone }: Setting): ReadCalendar {
  const window = { from: addDays(today, -1), to: addDays(today, DAYS_AHEAD), timeZone };
  const events: CalendarEvent[] = [];
  const leftOut: LeftOut[] = [];
  const steps = { left: MOST_STEPS };
  for (const event of eventsOf(componentOf(text))) {
    const title = String(event.summary ?? '').slice(0, MOST_TITLE);
    try {
      const found = occurrencesOf(event, window, steps).map((each) => ({ ...each, id: event.uid, title }));
      events.push(...found.slice(0, MOST_OCCURRENCES - events.length));
      if (events.length === MOST_OCCURRENCES)
        throw new InputError(`Expected at most ${MOST_OCCURRENCES} events`);
    } catch (error) {
      leftOut.push({ title, why: error instanceof Error ? error.message : String(error) });
      if (events.length === MOST_OCCURRENCES || leftOut.length === MOST_LEFT_OUT) break;
    }
  }
  return { events: unique(events), leftOut };
}

/** @throws {InputError} */
function componentOf(text: string): ICAL.Component {
  try {
    const component = new ICAL.Component(ICAL.parse(text));
    if (component.name === 'vcalendar') return component;
  } catch (cause) {
    throw new InputError('Expected a calendar in the format of .ics files but received another text', {
      cause,
    });
  }
  throw new InputError('Expected one VCALENDAR but received another component');
}

/** Changed occurrences of a recurring event belong to it. Without `exceptions`, each event would search all others for them. */
function eventsOf(calendar: ICAL.Component): readonly ICAL.Event[] {
  const all = calendar
    .getAllSubcomponents('vevent')
    .map((component) => new ICAL.Event(component, { exceptions: [] }));
  const series = new Map(all.filter((each) => !each.isRecurrenceException()).map((each) => [each.uid, each]));
  for (const each of all) {
    if (each.isRecurrenceException()) series.get(each.uid)?.relateException(each);
  }
  const alone = all.filter((each) => each.isRecurrenceException() && !series.has(each.uid));
  return [...series.values(), ...alone];
}

interface Window {
  readonly from: Day;
  readonly to: Day;
  readonly timeZone: TimeZone;
}

type Occurrence = Pick<CalendarEvent, 'day' | 'startsAt'>;

/** @throws {InputError} the rule takes too many steps */
function occurrencesOf(event: ICAL.Event, window: Window, steps: { left: number }): readonly Occurrence[] {
  if (!event.isRecurring())
    return daysOf({ item: event, startDate: event.startDate, endDate: event.endDate }, window);
  const found: Occurrence[] = [];
  const iterator = event.iterator();
  const first = dateNumber(addDays(window.from, -MOST_MOVED_DAYS));
  const last = dateNumber(addDays(window.to, MOST_MOVED_DAYS));
  for (let next = iterator.next(); next !== null && next !== undefined; next = iterator.next()) {
    steps.left -= 1;
    if (steps.left < 0) throw new InputError(`Expected rules of at most ${MOST_STEPS} occurrences`);
    const date = next.year * 10_000 + next.month * 100 + next.day;
    if (date > last) break;
    if (date >= first) found.push(...daysOf(event.getOccurrenceDetails(next), window));
  }
  return found;
}

interface Details {
  readonly item: ICAL.Event;
  readonly startDate: ICAL.Time;
  readonly endDate: ICAL.Time;
}

/** An event of several days has an occurrence for each of them. The end of a whole day is the day after it. */
function daysOf({ item, startDate: start, endDate: end }: Details, window: Window): readonly Occurrence[] {
  const { from, to, timeZone } = window;
  if (start.isDate) {
    const days: Occurrence[] = [];
    const last = civilDay(end) > civilDay(start) ? addDays(civilDay(end), -1) : civilDay(start);
    const first = civilDay(start) < from ? from : civilDay(start);
    for (let day = first; day <= last && day <= to; day = addDays(day, 1)) days.push({ day, startsAt: null });
    return days;
  }
  const startsAtMs = instantOf(start, zoneOf(item) ?? timeZone);
  const { day } = civilTime(startsAtMs, timeZone);
  return day < from || day > to ? [] : [{ day, startsAt: new Date(startsAtMs).toISOString() }];
}

function dateNumber(day: Day): number {
  return Number(day.replaceAll('-', ''));
}

function civilDay({ year, month, day }: ICAL.Time): Day {
  return Temporal.PlainDate.from({ year, month, day }).toString() as Day;
}

/** @param timeZone of a time whose zone the calendar does not define */
function instantOf(time: ICAL.Time, timeZone: string): number {
  if (time.zone !== ICAL.Timezone.localTimezone) return time.toUnixTime() * 1_000;
  const { year, month, day, hour, minute, second } = time;
  const wall = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second });
  return wall.toZonedDateTime(timeZone).epochMilliseconds;
}

/** @returns undefined if the event names no zone, or one that the runtime does not know */
function zoneOf({ component }: ICAL.Event): string | undefined {
  const name = component.getFirstProperty('dtstart')?.getFirstParameter('tzid');
  try {
    return name && new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** One event can be twice in a file; a day has it once. */
function unique(events: readonly CalendarEvent[]): readonly CalendarEvent[] {
  return [...new Map(events.map((event) => [`${event.id} ${event.day}`, event])).values()];
}

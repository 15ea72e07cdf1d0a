/**
 * Reads a calendar (RFC 5545): the occurrences of its events in the days to come. Every limit ends in a line of `leftOut`, or in
 * an error that says what was expected; no calendar takes more than a bounded number of steps.
 */
import { addDays, type Day } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import { InputError } from '@hangtag/shared/errors.js';
import ICAL from 'ical.js';
import { Temporal } from 'temporal-polyfill';
import {
  type CalendarEvent,
  type EventWindow,
  type Occurrence,
  oneLine,
  timedDays,
  titleOf,
  wholeDays,
} from './event.js';

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
const DAY_SECONDS = 86_400;
/** Of all rules together. */
const MOST_STEPS = 50_000;
/** Seconds between two occurrences of rules that go on at the same pace for ever: months and years have no fixed length. */
const PACES: Readonly<Record<string, number>> = {
  SECONDLY: 1,
  MINUTELY: 60,
  HOURLY: 3_600,
  DAILY: DAY_SECONDS,
  WEEKLY: 7 * DAY_SECONDS,
};
/** An occurrence that was moved further, or that takes longer, is not found. */
const MOST_MOVED_DAYS = 31;
const MOST_LEFT_OUT = 100;
const MOST_REASON = 200;
/** https://www.rfc-editor.org/rfc/rfc7986#section-5.3 */
const MOST_UID = 255;

/** @throws {InputError} the text is not a calendar */
export function readEvents(text: string, { today, timeZone }: Setting): ReadCalendar {
  const window = { from: addDays(today, -1), to: addDays(today, DAYS_AHEAD), timeZone };
  const events: CalendarEvent[] = [];
  const { calendars, leftOut } = calendarsOf(withoutStrayEnds(text.replace(/^\uFEFF/, '')));
  const steps = { left: MOST_STEPS };
  for (const event of eventsOf(calendars, window)) {
    const title = titleOf(textOf(event.component, 'summary'));
    try {
      const found = occurrencesOf(event, window, steps);
      const room = MOST_OCCURRENCES - events.length;
      events.push(...found.slice(0, room).map((each) => ({ ...each, id: event.uid, title })));
      if (found.length <= room) continue;
      leftOut.push({ title, why: `Expected at most ${MOST_OCCURRENCES} events` });
      break;
    } catch (error) {
      leftOut.push({ title, why: reasonOf(error) });
    }
  }
  return { events: unique(events), leftOut: shortened(leftOut) };
}

function reasonOf(error: unknown): string {
  return oneLine((error instanceof Error ? error.message : String(error)).slice(0, MOST_REASON));
}

function shortened(leftOut: readonly LeftOut[]): readonly LeftOut[] {
  const more = leftOut.length - MOST_LEFT_OUT;
  if (more <= 0) return leftOut;
  return [...leftOut.slice(0, MOST_LEFT_OUT), { title: '', why: `${more} more events are left out` }];
}

interface Parsed {
  readonly calendars: readonly ICAL.Component[];
  readonly leftOut: LeftOut[];
}

/** For the library, every END ends the component that began last, whatever its name: the calendar would end too soon. */
function withoutStrayEnds(text: string): string {
  const open: string[] = [];
  return text.replace(
    /^(BEGIN|END):(.*?)[ \t]*(?:\r?\n|$)/gim,
    (line: string, word: string, name: string) => {
      const component = name.toUpperCase();
      if (word.toUpperCase() === 'BEGIN') {
        open.push(component);
        return line;
      }
      const place = open.lastIndexOf(component);
      if (place < 0) return '';
      open.length = place;
      return line;
    },
  );
}

/** Without the events that stop the library, which parses a text as a whole. @throws {InputError} also if these are all */
function calendarsOf(text: string): Parsed {
  try {
    return { calendars: componentsOf(text), leftOut: [] };
  } catch (error) {
    const { rest, leftOut, count } = withoutBrokenEvents(text);
    if (leftOut.length === count) throw error;
    return { calendars: componentsOf(rest), leftOut };
  }
}

/** @returns `count`: of the events before */
function withoutBrokenEvents(text: string): { rest: string; leftOut: LeftOut[]; count: number } {
  const [head = '', ...parts] = text.split(/^(?=BEGIN:VEVENT[ \t]*\r?$)/im);
  const kept = [head];
  const leftOut: LeftOut[] = [];
  for (const part of parts) {
    const end = /^END:VEVENT[ \t]*(?:\r?\n|$)/im.exec(part);
    const length = end ? end.index + end[0].length : part.length;
    const event = part.slice(0, length);
    try {
      ICAL.parse(event);
      kept.push(event);
    } catch (error) {
      const summary = /^SUMMARY[^:\n]*:(.*)/im.exec(event)?.[1] ?? '';
      leftOut.push({ title: titleOf(summary.trimEnd()), why: reasonOf(error) });
    }
    kept.push(part.slice(length));
  }
  return { rest: kept.join(''), leftOut, count: parts.length };
}

/** @throws {InputError} */
function componentsOf(text: string): readonly ICAL.Component[] {
  const calendars = parse(text).map((each) => new ICAL.Component(each));
  const other = calendars.find(({ name }) => name !== 'vcalendar');
  if (other) throw new InputError(`Expected a VCALENDAR but received ${other.name.toUpperCase()}`);
  if (calendars.length === 0) throw new InputError('Expected a VCALENDAR but received an empty text');
  return calendars;
}

/** A file may have several calendars. @throws {InputError} */
function parse(text: string): readonly JCal[] {
  try {
    const parsed: JCal | readonly JCal[] = ICAL.parse(text);
    return typeof parsed[0] === 'string' ? [parsed as JCal] : (parsed as readonly JCal[]);
  } catch (cause) {
    throw new InputError(
      `Expected a calendar in the format of .ics files but received another text: ${reasonOf(cause)}`,
      { cause },
    );
  }
}

type JCal = [name: string, properties: unknown[], components: unknown[]];

/** Changed occurrences of a recurring event belong to it. Without `exceptions`, each event would search all others for them. */
function eventsOf(
  calendars: readonly ICAL.Component[],
  { to, timeZone }: EventWindow,
): readonly ICAL.Event[] {
  for (const calendar of calendars) giveZones(calendar, timeZone);
  const components = calendars.flatMap((calendar) => calendar.getAllSubcomponents('vevent'));
  for (const [index, component] of components.entries()) {
    const uid = textOf(component, 'uid') || `event-${index}`;
    component.removeAllProperties('uid');
    component.addPropertyWithValue('uid', oneLine(uid.slice(0, MOST_UID)));
    shortenDuration(component, to);
  }
  // Of two versions of an event, the last one counts, here and in the library.
  const all = inOrderOfVersions(components).map((component) => new ICAL.Event(component, { exceptions: [] }));
  const series = new Map(all.filter((each) => !each.isRecurrenceException()).map((each) => [each.uid, each]));
  const alone = all.filter((each) => each.isRecurrenceException() && !isRelated(series.get(each.uid), each));
  return [...series.values(), ...alone];
}

/** A later version has a higher SEQUENCE, or the same and a later DTSTAMP: https://www.rfc-editor.org/rfc/rfc5546#section-2.1.5 */
function inOrderOfVersions(components: readonly ICAL.Component[]): readonly ICAL.Component[] {
  const versions = components.map((component) => {
    const sequence = Number(textOf(component, 'sequence')) || 0;
    return { component, sequence, stamp: textOf(component, 'dtstamp') };
  });
  const byText = (one: string, other: string) => Number(one > other) - Number(one < other);
  return versions
    .toSorted((one, other) => one.sequence - other.sequence || byText(one.stamp, other.stamp))
    .map(({ component }) => component);
}

/** @returns false if there is no such series, or the exception does not say of which occurrence it is */
function isRelated(series: ICAL.Event | undefined, exception: ICAL.Event): boolean {
  try {
    series?.relateException(exception);
    return series !== undefined;
  } catch {
    return false;
  }
}

function textOf(component: ICAL.Component, property: string): string {
  return String(firstValueOf(component, property) ?? '');
}

/** The library parses a value when it is read, and throws if the value is not of the type that the event states. */
function firstValueOf(component: ICAL.Component, property: string): unknown {
  try {
    return component.getFirstPropertyValue(property);
  } catch {
    return undefined;
  }
}

/** An event may end soon after the last day: the library adds a duration month by month, and years after 9999 do not compare. */
function shortenDuration(component: ICAL.Component, lastDay: Day): void {
  const [start, duration] = [firstValueOf(component, 'dtstart'), firstValueOf(component, 'duration')];
  if (!(start instanceof ICAL.Time) || !(duration instanceof ICAL.Duration)) return;
  const most = Math.max(0, Date.parse(addDays(lastDay, 2)) / 1_000 - start.toUnixTime());
  const seconds = duration.toSeconds();
  if (seconds < 0 || seconds > most)
    component.updatePropertyWithValue('duration', ICAL.Duration.fromSeconds(seconds < 0 ? 0 : most));
}

/** A zone that the calendar names and does not define is the zone of this name, or else the zone of the person. */
function giveZones(calendar: ICAL.Component, timeZone: TimeZone): void {
  for (const zone of calendar.getAllSubcomponents('vtimezone')) {
    const isDefined = zone.getFirstSubcomponent('standard') ?? zone.getFirstSubcomponent('daylight');
    if (!isDefined || textOf(zone, 'tzid') === '') calendar.removeSubcomponent(zone);
  }
  const properties = calendar.getAllSubcomponents('vevent').flatMap((event) => event.getAllProperties());
  const names = new Set(properties.flatMap((property) => property.getFirstParameter('tzid') ?? []));
  // The library keeps zones for all calendars of a process: read-calendar.ts reads each file in a thread of its own.
  for (const name of names) ICAL.TimezoneService.register(new NamedZone(knownZone(name) ?? timeZone), name);
}

/** @returns undefined if the runtime does not know it */
function knownZone(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** A zone of the runtime: https://www.iana.org/time-zones */
class NamedZone extends ICAL.Timezone {
  constructor(name: string) {
    super({ tzid: name });
  }

  /** @returns seconds. A time that clocks leave out has the offset before it. */
  override utcOffset({ year, month, day, hour, minute, second }: ICAL.Time): number {
    const wall = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second });
    const [asUtc, inZone] = ['UTC', this.tzid].map((zone) => wall.toZonedDateTime(zone).epochMilliseconds);
    return ((asUtc ?? 0) - (inZone ?? 0)) / 1_000;
  }
}

/** @throws {InputError} the event has no start, or the rule takes too many steps */
function occurrencesOf(
  event: ICAL.Event,
  window: EventWindow,
  steps: { left: number },
): readonly Occurrence[] {
  const startDate = startOf(event);
  if (!event.isRecurring()) return daysOf({ item: event, startDate, endDate: event.endDate }, window);
  listStarts(event, startDate);
  const excluded = exclusionsOf(event);
  const found: Occurrence[] = [];
  const firstDay = addDays(window.from, -MOST_MOVED_DAYS);
  const iterator = event.iterator(soonBefore(firstDay, event, startDate));
  const first = dateNumber(firstDay);
  const last = dateNumber(addDays(window.to, MOST_MOVED_DAYS));
  for (let next = iterator.next(); next !== null && next !== undefined; next = iterator.next()) {
    steps.left -= 1;
    if (steps.left < 0) throw new InputError(`Expected rules of at most ${MOST_STEPS} occurrences`);
    const date = next.year * 10_000 + next.month * 100 + next.day;
    if (date > last) break;
    if (date >= first && !excluded(next)) found.push(...daysOf(event.getOccurrenceDetails(next), window));
    // Before the others have no steps left: an event of each minute has 1,440 a day.
    if (found.length > MOST_OCCURRENCES)
      throw new InputError(`Expected at most ${MOST_OCCURRENCES} occurrences of an event`);
  }
  return found;
}

/**
 * Where the rule may as well begin, so that the years before are not walked through: a rule of a fixed pace has the same occurrences
 * from each of its steps. One with COUNT has to be counted from its start.
 *
 * @throws {InputError} a rule has no frequency
 */
function soonBefore(day: Day, { component }: ICAL.Event, start: ICAL.Time): ICAL.Time {
  const rules: ICAL.Recur[] = component.getAllProperties('rrule').flatMap((rule) => rule.getValues());
  if (rules.some(({ freq }) => !freq))
    throw new InputError('Expected RRULE:FREQ=DAILY or another frequency but received a rule without one');
  const [rule] = rules;
  const pace = (PACES[rule?.freq ?? ''] ?? 0) * (rule?.interval ?? 1);
  const isWhole = !start.isDate || pace % DAY_SECONDS === 0;
  if (rule === undefined || rules.length > 1 || rule.count !== null || pace === 0 || !isWhole) return start;
  const days = Temporal.PlainDate.from(civilDay(start)).until(addDays(day, -1)).days;
  const seconds = Math.floor((days * DAY_SECONDS) / pace) * pace;
  if (seconds <= 0) return start;
  const later = start.clone();
  later.adjust(Math.floor(seconds / DAY_SECONDS), 0, 0, seconds % DAY_SECONDS);
  return later;
}

/** @throws {InputError} */
function startOf({ component }: ICAL.Event): ICAL.Time {
  const start = firstValueOf(component, 'dtstart');
  if (start instanceof ICAL.Time) return start;
  throw new InputError(
    'Expected DTSTART:20261201T090000 or DTSTART;VALUE=DATE:20261201 but received another',
  );
}

/** RDATE may have periods, of which the library reads no start, and DTSTART counts too where no rule begins with it. */
function listStarts({ component }: ICAL.Event, start: ICAL.Time): void {
  for (const property of component.getAllProperties('rdate')) {
    const values: unknown[] = property.getValues();
    property.setValues(values.map((value) => (value instanceof ICAL.Period ? value.start : value)));
  }
  if (!component.hasProperty('rrule')) component.addPropertyWithValue('rdate', start.clone());
}

/**
 * The library compares EXDATE one by one, and forgets some after one that excludes nothing. They may be days, times of the wall
 * clock, or in another zone.
 */
function exclusionsOf({ component }: ICAL.Event): (time: ICAL.Time) => boolean {
  const values: ICAL.Time[] = component.getAllProperties('exdate').flatMap((each) => each.getValues());
  const isWall = (time: ICAL.Time) => time.isDate || time.zone === ICAL.Timezone.localTimezone;
  const excluded = new Set(values.map((time) => (isWall(time) ? time.toString() : time.toUnixTime())));
  if (excluded.size === 0) return () => false;
  return (time) => {
    const wall = time.toString().replace('Z', '');
    return excluded.has(wall) || excluded.has(wall.slice(0, 10)) || excluded.has(time.toUnixTime());
  };
}

interface Details {
  readonly item: ICAL.Event;
  readonly startDate: ICAL.Time;
  readonly endDate: ICAL.Time;
}

function daysOf(
  { item, startDate: start, endDate: end }: Details,
  window: EventWindow,
): readonly Occurrence[] {
  if (textOf(item.component, 'status').toUpperCase() === 'CANCELLED') return [];
  if (start.isDate) return wholeDays(civilDay(start), civilDay(end), window);
  return timedDays(instantOf(start, window.timeZone), instantOf(end, window.timeZone), window);
}

function dateNumber(day: Day): number {
  return Number(day.replaceAll('-', ''));
}

function civilDay({ year, month, day }: ICAL.Time): Day {
  return Temporal.PlainDate.from({ year, month, day }).toString() as Day;
}

/** @param timeZone of a time without a zone */
function instantOf(time: ICAL.Time, timeZone: string): number {
  if (time.zone !== ICAL.Timezone.localTimezone) return time.toUnixTime() * 1_000;
  const { year, month, day, hour, minute, second } = time;
  const wall = Temporal.PlainDateTime.from({ year, month, day, hour, minute, second });
  return wall.toZonedDateTime(timeZone).epochMilliseconds;
}

/** One event can be twice in a file; a day has it once. */
function unique(events: readonly CalendarEvent[]): readonly CalendarEvent[] {
  return [...new Map(events.map((event) => [`${event.id} ${event.day}`, event])).values()];
}

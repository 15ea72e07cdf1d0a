/**
 * A person's consent to read their Google Calendar: asked with PKCE and a state that only this person can use, kept encrypted,
 * revoked when they disconnect.
 */
import { addDays, type Day } from '@hangtag/shared/domain/report/day-window.js';
import type { TimeZone } from '@hangtag/shared/domain/time-zone.js';
import { InputError } from '@hangtag/shared/errors.js';
import type { Logger } from '@hangtag/shared/log.js';
import type { Clock } from '@hangtag/shared/ports/clock.js';
import type { GoogleCalendar } from '@hangtag/wardrobe/calendar/google-calendar.js';
import type { Seal } from '@hangtag/wardrobe/calendar/sealed-token.js';
import type { Person } from '@hangtag/wardrobe/data/database.js';
import type { CalendarLink, WardrobeStore } from '@hangtag/wardrobe/data/wardrobe-store.js';

/** What an installation needs to read Google calendars. */
export interface GoogleAccess {
  readonly calendar: GoogleCalendar;
  readonly seal: Seal;
}

interface Setting extends GoogleAccess {
  readonly person: Person;
  readonly store: WardrobeStore;
  readonly clock: Clock;
  readonly log: Logger;
  readonly today: Day;
  /** Of the person. */
  readonly timeZone: TimeZone;
}

const CONSENT_SECONDS = 600;
/** Changes of the calendar are seen after this time. */
const FRESH_MS = 5 * 60_000;
/** Without an answer, Google is asked again after this time. */
const ASK_AGAIN_MS = 60_000;
const DAYS_AHEAD = 60;

/** When the events of Google Calendar were read, in epoch milliseconds; 0 if they never were. */
export interface OutdatedCalendar {
  readonly readAt: number;
}

export class GoogleLink {
  readonly #setting: Setting;

  constructor(setting: Setting) {
    this.#setting = setting;
  }

  /** @returns the address where the person agrees; Google sends them back to `redirectUri` with `code` and `state` */
  async consentUrl(redirectUri: string): Promise<string> {
    const { calendar, seal, person } = this.#setting;
    return calendar.consentUrl(redirectUri, (verifier) =>
      seal.close({ verifier, redirectUri }, 'consent', person, CONSENT_SECONDS),
    );
  }

  /**
   * Keeps the consent, and reads the calendar. If Google does not answer to this, a later `refresh` reads it.
   *
   * @throws {InputError} the state is of another person or too old, the code is not valid, or the person did not agree
   * @throws {TransientError} nothing is kept
   */
  async connect({ code, state }: { readonly code: string; readonly state: string }): Promise<void> {
    const { calendar, seal, person, store } = this.#setting;
    const { verifier, redirectUri } = await seal.open(state, 'consent', person);
    const consent = { code, verifier: String(verifier), redirectUri: String(redirectUri) };
    const token = await calendar.refreshTokenOf(consent);
    await store.keepCalendarLink(person, await seal.close({ token }, 'refresh-token', person));
    await this.refresh();
  }

  /**
   * Reads what changed since the last time, once in some minutes. Once a day it reads all, because the days move on. A consent that
   * has ended, or that the key does not decrypt, is forgotten with its events.
   *
   * @returns undefined if the events are current, or there is no calendar
   */
  async refresh(): Promise<OutdatedCalendar | undefined> {
    const { person, store, clock, log } = this.#setting;
    const now = clock.now();
    const link = await store.calendarLink(person);
    if (link === undefined || now - link.readAt < FRESH_MS) return undefined;
    const { readAt } = link;
    // Another request reads the calendar now, or Google did not answer a moment ago: this request does not wait.
    if (now - link.askedAt < ASK_AGAIN_MS || !(await store.claimReading(person, link, now)))
      return { readAt };
    try {
      await this.#read(link);
    } catch (err) {
      if (!(err instanceof InputError)) {
        log.warn({ function: 'api', outcome: 'calendar-not-read', err });
        return { readAt };
      }
      await store.removeCalendarLink(person);
    }
    return undefined;
  }

  /** @throws {InputError} the consent has ended. @throws {TransientError} */
  async #read(link: CalendarLink): Promise<void> {
    const { person, store, clock, today, timeZone, calendar } = this.#setting;
    const from = addDays(today, -1);
    const window = { from, to: addDays(today, DAYS_AHEAD), timeZone };
    const syncToken = link.readFrom === from ? link.syncToken : undefined;
    const changes = await calendar.read(await this.#tokenOf(link), window, syncToken);
    const read = { ...link, syncToken: changes.syncToken, readFrom: from, readAt: clock.now() };
    await store.keepChanges(person, read, changes);
  }

  /** Revokes the consent at Google, then forgets it and its events. @throws {TransientError} it is kept */
  async disconnect(): Promise<void> {
    const { person, store, calendar } = this.#setting;
    const link = await store.calendarLink(person);
    if (link === undefined) return;
    const token = await this.#tokenOf(link).catch(() => undefined);
    if (token !== undefined) await calendar.revoke(token);
    await store.removeCalendarLink(person);
  }

  /** @throws {InputError} it was encrypted with another key */
  async #tokenOf({ sealedToken }: CalendarLink): Promise<string> {
    const { seal, person } = this.#setting;
    return String((await seal.open(sealedToken, 'refresh-token', person))['token']);
  }
}

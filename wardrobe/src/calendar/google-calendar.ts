/**
 * Google Calendar, read only: consent with PKCE, and the events of the days to come. https://developers.google.com/workspace/calendar/api/guides/sync
 */
import { auth, type calendar_v3, calendar as calendarClient } from '@googleapis/calendar';
import { addDays, type Day } from '@hangtag/shared/domain/report/day-window.js';
import { InputError, TransientError } from '@hangtag/shared/errors.js';
import { inTime } from '@hangtag/shared/in-time.js';
import {
  type CalendarEvent,
  type EventWindow,
  type Occurrence,
  timedDays,
  titleOf,
  wholeDays,
} from './event.js';

const SCOPE = 'https://www.googleapis.com/auth/calendar.events.readonly';
const PAGE = 500;
const MOST_EVENTS = 2_000;
const TIME_LIMIT_MS = 15_000;

export interface GoogleClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Of a server that speaks Google's protocols. Absent: Google's. */
  readonly url?: string | undefined;
  /** Of one request, with its repetitions. */
  readonly timeLimitMs?: number;
}

/** What Google sent the person back with, and what the consent began with. */
export interface Consent {
  readonly code: string;
  readonly verifier: string;
  readonly redirectUri: string;
}

export interface CalendarChanges {
  /** Whether `events` are all of the window; otherwise those that changed. */
  readonly isAll: boolean;
  /** Ids of events that have changed: earlier occurrences of them are replaced by those in `events`. */
  readonly changed: readonly string[];
  readonly events: readonly CalendarEvent[];
  /** For the next call. Undefined if there were more events than are read. */
  readonly syncToken: string | undefined;
}

/** Google does not accept the token any more: it was revoked or has expired, or it is of another client. */
export class ConsentEndedError extends InputError {}

export class GoogleCalendar {
  readonly #client: GoogleClient;

  constructor(client: GoogleClient) {
    this.#client = client;
  }

  /**
   * @param redirectUri where Google sends the person with `code` and `state`; the client has to have it among its own
   * @param stateOf makes the state, which has to keep the verifier secret
   * @returns the address where the person agrees
   */
  async consentUrl(redirectUri: string, stateOf: (verifier: string) => Promise<string>): Promise<string> {
    const oauth = this.#oauth(redirectUri);
    const { codeVerifier, codeChallenge = '' } = await oauth.generateCodeVerifierAsync();
    const url = oauth.generateAuthUrl({
      scope: SCOPE,
      state: await stateOf(codeVerifier),
      code_challenge: codeChallenge,
      include_granted_scopes: true,
      // Google gives a refresh token only with both.
      access_type: 'offline',
      prompt: 'consent',
    });
    // The library's type of this parameter is an enumeration that this package does not export.
    return `${url}&code_challenge_method=S256`;
  }

  /**
   * @returns the refresh token
   * @throws {InputError} the code is not valid, or the person did not agree to all
   * @throws {TransientError}
   */
  async refreshTokenOf({ code, verifier, redirectUri }: Consent): Promise<string> {
    const { tokens } = await this.#asking(() =>
      this.#oauth(redirectUri).getToken({ code, codeVerifier: verifier, redirect_uri: redirectUri }),
    ).catch((error: unknown) => {
      if (error instanceof ConsentEndedError)
        throw new InputError('Expected a code of Google that is valid', { cause: error });
      throw error;
    });
    const token = tokens.refresh_token;
    if (tokens.scope?.split(' ').includes(SCOPE) && token) return token;
    throw new InputError('Expected the permission to read the events of the calendar');
  }

  /**
   * The events of the window, or what changed since `syncToken`. A token that Google has forgotten (410) makes it read all.
   *
   * @throws {ConsentEndedError}
   * @throws {TransientError}
   */
  async read(refreshToken: string, window: EventWindow, syncToken?: string): Promise<CalendarChanges> {
    const oauth = this.#oauth();
    oauth.setCredentials({ refresh_token: refreshToken });
    const { url } = this.#client;
    const api = calendarClient({ version: 'v3', auth: oauth, ...(url && { rootUrl: `${url}/` }) });
    try {
      return await this.#asking(() => readPages(api, window, syncToken));
    } catch (error) {
      if (syncToken === undefined || statusOf((error as Error).cause) !== 410) throw error;
      return this.#asking(() => readPages(api, window));
    }
  }

  /** A token that Google does not know is revoked already. @throws {TransientError} */
  async revoke(refreshToken: string): Promise<void> {
    try {
      await this.#asking(() => this.#oauth().revokeToken(refreshToken));
    } catch (error) {
      if (!(error instanceof ConsentEndedError)) throw error;
    }
  }

  #oauth(redirectUri?: string) {
    const { clientId, clientSecret, url } = this.#client;
    return new auth.OAuth2({
      ...{ clientId, clientSecret, ...(redirectUri && { redirectUri }) },
      ...(url && {
        endpoints: {
          oauth2AuthBaseUrl: `${url}/o/oauth2/v2/auth`,
          oauth2TokenUrl: `${url}/token`,
          oauth2RevokeUrl: `${url}/revoke`,
        },
      }),
      transporterOptions: { timeout: TIME_LIMIT_MS },
    });
  }

  /** Errors of Google's libraries hold the request with its tokens: only the status and the code are passed on. */
  async #asking<T>(work: () => Promise<T>): Promise<T> {
    try {
      // The library repeats a request that had no answer, and each repetition has its own limit.
      return await inTime(this.#client.timeLimitMs ?? TIME_LIMIT_MS, 'Google', work);
    } catch (error) {
      const { code, status } = faultOf(error);
      const cause = Object.assign(new Error(`${status ?? 'no answer'} ${code ?? ''}`.trim()), { status });
      if ((code && ENDED.includes(code)) || (status === 401 && code === undefined))
        throw new ConsentEndedError('Expected a consent of Google that is valid: connect again', { cause });
      throw new TransientError('Expected an answer of Google Calendar but received an error', { cause });
    }
  }
}

async function readPages(
  api: calendar_v3.Calendar,
  window: EventWindow,
  syncToken?: string,
): Promise<CalendarChanges> {
  const { from, to, timeZone } = window;
  // Google expands recurring events, and refuses bounds beside a sync token. A day more on both sides covers every time zone.
  const selection = syncToken
    ? { syncToken }
    : { timeMin: `${addDays(from, -1)}T00:00:00Z`, timeMax: `${addDays(to, 2)}T00:00:00Z` };
  const read: calendar_v3.Schema$Event[] = [];
  let pageToken: string | undefined;
  for (;;) {
    const { data } = await api.events.list(
      {
        calendarId: 'primary',
        singleEvents: true,
        maxResults: PAGE,
        timeZone,
        ...selection,
        ...(pageToken && { pageToken }),
      },
      { timeout: TIME_LIMIT_MS },
    );
    read.push(...(data.items ?? []));
    pageToken = data.nextPageToken ?? undefined;
    if (pageToken === undefined || read.length >= MOST_EVENTS) {
      return {
        isAll: syncToken === undefined,
        changed: read.flatMap(({ id }) => id ?? []),
        events: read.slice(0, MOST_EVENTS).flatMap((event) => occurrencesOf(event, window)),
        syncToken: pageToken === undefined ? (data.nextSyncToken ?? undefined) : undefined,
      };
    }
  }
}

/** Empty for an event that is cancelled or that the person declined. */
function occurrencesOf(event: calendar_v3.Schema$Event, window: EventWindow): readonly CalendarEvent[] {
  const { id, start, end, status } = event;
  const isDeclined = event.attendees?.some((each) => each.self && each.responseStatus === 'declined');
  if (!id || !start || status === 'cancelled' || isDeclined) return [];
  const title = titleOf(event.summary ?? '');
  return daysOf(start, end ?? {}, window).map((each) => ({ ...each, id, title }));
}

type EventTime = calendar_v3.Schema$EventDateTime;

function daysOf(start: EventTime, end: EventTime, window: EventWindow): readonly Occurrence[] {
  if (start.date) return wholeDays(start.date as Day, (end.date ?? start.date) as Day, window);
  const startMs = Date.parse(start.dateTime ?? '');
  return Number.isNaN(startMs) ? [] : timedDays(startMs, Date.parse(end.dateTime ?? ''), window);
}

/** Other codes, such as `invalid_client`, are faults of the installation: nobody's consent has ended. */
const ENDED = ['invalid_grant', 'invalid_token', 'unauthorized_client'];

interface Fault {
  readonly status: number | undefined;
  /** Of OAuth: https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
  readonly code: string | undefined;
}

function faultOf(error: unknown): Fault {
  const { response } = error as { readonly response?: { readonly status?: number; readonly data?: unknown } };
  const { error: code } = (response?.data ?? {}) as { readonly error?: unknown };
  return { status: response?.status, code: typeof code === 'string' ? code : undefined };
}

function statusOf(cause: unknown): number | undefined {
  return (cause as { readonly status?: number } | undefined)?.status;
}

/** A server that speaks Google's OAuth and Calendar protocol: consent with PKCE, tokens, revocation, pages, sync tokens, faults. */
import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { GoogleClient } from '@hangtag/wardrobe/calendar/google-calendar.js';

const SCOPE = 'https://www.googleapis.com/auth/calendar.events.readonly';
const PAGE = 2;

export type GoogleEvent = Readonly<Record<string, unknown>> & { readonly id: string };

interface Grant {
  readonly challenge: string;
  readonly redirectUri: string;
  readonly scope: string;
}

export class GooglePeer {
  /** What the calendar has. An event that is cancelled is in the changes only. */
  events: GoogleEvent[] = [];
  /** Ids of events that changed since the last sync token. */
  changed: string[] = [];
  /** Of the next requests for events, the first one first. */
  readonly faults: number[] = [];
  /** Query of each request for events. */
  readonly asked: URLSearchParams[] = [];
  /** Refresh tokens that are valid. */
  readonly valid = new Set<string>();
  /** Refresh tokens of another client. */
  readonly foreign = new Set<string>();
  /** Whether requests for events get no answer. */
  isSilent = false;
  readonly #grants = new Map<string, Grant>();
  #sync = 0;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async listen(): Promise<GoogleClient> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const root = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return { clientId: 'client-1', clientSecret: 'client-secret', url: root };
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The person opens the address and agrees, or leaves the permission out. @returns what Google sends them back with */
  agree(url: string, scope = SCOPE): { readonly code: string; readonly state: string } {
    const query = new URL(url).searchParams;
    const [challenge, redirectUri] = [query.get('code_challenge') ?? '', query.get('redirect_uri') ?? ''];
    if (query.get('code_challenge_method') !== 'S256' || query.get('scope') !== SCOPE)
      throw new Error('Expected PKCE and the scope of events');
    const code = randomUUID();
    this.#grants.set(code, { challenge, redirectUri, scope });
    return { code, state: query.get('state') ?? '' };
  }

  #consentPage(url: URL): string {
    const { code, state } = this.agree(url.href);
    const back = (answer: Readonly<Record<string, string>>) =>
      `${url.searchParams.get('redirect_uri')}?${new URLSearchParams({ ...answer, state })}`.replaceAll(
        '&',
        '&amp;',
      );
    return `<!doctype html><title>Google</title>
      <a href="${back({ code })}">Allow</a> <a href="${back({ error: 'access_denied' })}">Deny</a>`;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://localhost');
    if (url.pathname === '/o/oauth2/v2/auth') {
      response.writeHead(200, { 'content-type': 'text/html' }).end(this.#consentPage(url));
      return;
    }
    const form = new URLSearchParams(await text(request));
    const answer = this.#answerOf(url, form, request.headers.authorization ?? '');
    if (answer === undefined) return;
    const [status, body] = answer;
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  #answerOf(
    url: URL,
    form: URLSearchParams,
    authorization: string,
  ): [status: number, body: object] | undefined {
    switch (url.pathname) {
      case '/token':
        return form.get('client_id') === 'client-1' && form.get('client_secret') === 'client-secret'
          ? this.#tokens(form)
          : [401, { error: 'invalid_client' }];
      case '/revoke':
        return this.valid.delete(url.searchParams.get('token') ?? form.get('token') ?? '')
          ? [200, {}]
          : [400, { error: 'invalid_token' }];
      case '/calendar/v3/calendars/primary/events':
        if (!this.isSilent) return this.#list(url.searchParams, authorization);
        this.asked.push(url.searchParams);
        return undefined;
      default:
        return [404, {}];
    }
  }

  #tokens(form: URLSearchParams): [number, object] {
    if (form.get('grant_type') === 'refresh_token') {
      const token = form.get('refresh_token') ?? '';
      if (this.foreign.has(token)) return [401, { error: 'unauthorized_client' }];
      if (!this.valid.has(token)) return [400, { error: 'invalid_grant' }];
      return [200, { access_token: `access ${token}`, expires_in: 3_599, token_type: 'Bearer' }];
    }
    const grant = this.#grants.get(form.get('code') ?? '');
    this.#grants.delete(form.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (grant?.challenge !== challenge || grant.redirectUri !== form.get('redirect_uri'))
      return [400, { error: 'invalid_grant' }];
    const token = `refresh-${randomUUID()}`;
    this.valid.add(token);
    return [
      200,
      { access_token: `access ${token}`, refresh_token: token, scope: grant.scope, token_type: 'Bearer' },
    ];
  }

  #list(query: URLSearchParams, authorization: string): [number, object] {
    this.asked.push(query);
    const fault = this.faults.shift();
    if (fault !== undefined) return [fault, { error: { code: fault, message: 'fault' } }];
    if (!this.valid.has(authorization.replace('Bearer access ', ''))) return [401, { error: { code: 401 } }];
    const hasToken = query.has('syncToken');
    if (hasToken && (query.has('timeMin') || query.has('timeMax'))) return [400, {}];
    if (hasToken && query.get('syncToken') !== `sync-${this.#sync}`) return [410, { error: { code: 410 } }];
    const isNamed = ({ id }: GoogleEvent) => this.changed.includes(id);
    const found = hasToken
      ? this.events.filter(isNamed)
      : this.events.filter(({ status }) => status !== 'cancelled');
    const at = Number(query.get('pageToken') ?? 0);
    const items = found.slice(at, at + PAGE);
    if (at + PAGE < found.length) return [200, { items, nextPageToken: String(at + PAGE) }];
    this.#sync += 1;
    this.changed = [];
    return [200, { items, nextSyncToken: `sync-${this.#sync}` }];
  }

  /** Google forgets its sync tokens. */
  forgetSync(): void {
    this.#sync += 1_000;
  }
}

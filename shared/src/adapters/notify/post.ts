import { AbortError } from 'p-retry';
import { type Backoff, RetryLater, retrying } from './retrying.js';

const TIMEOUT_MS = 10_000;

export interface JsonRequest {
  /** May hold a user and a password, which are sent by Basic authentication. */
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of one attempt, with its answer. */
  readonly timeoutMs?: number;
}

/**
 * POSTs until the answer is 2xx. An answer that another attempt cannot change (3xx, 4xx but 408 and 429) ends it at once.
 * Errors name the host and no other part of the address, since path, query and user can be secrets.
 *
 * @throws {TransientError}
 */
export async function postJson(request: JsonRequest, backoff: Backoff): Promise<void> {
  await post(request, backoff, async ({ body }) => body?.cancel());
}

/**
 * The same for an answer that is read.
 *
 * @returns undefined if it is no JSON
 * @throws {TransientError}
 */
export async function postForJson(request: JsonRequest, backoff: Backoff): Promise<unknown> {
  const text = await post(request, backoff, (response) => response.text());
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function post<T>(
  { url, body, headers, timeoutMs = TIMEOUT_MS }: JsonRequest,
  backoff: Backoff,
  read: (response: Response) => Promise<T>,
): Promise<T> {
  const { address, authorization } = withoutCredentials(url);
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...authorization, ...headers },
    body,
    // A redirect would carry the message and its signature to a host that was not configured.
    redirect: 'manual',
  };
  return retrying(async () => {
    const { response, content } = await answerOf(
      address,
      { ...init, signal: AbortSignal.timeout(timeoutMs) },
      read,
    );
    if (response.ok) return content;
    throw refusalOf(response, address.host);
  }, backoff);
}

/** Without the error of `fetch` as a cause: its text can repeat the address. */
async function answerOf<T>(address: URL, init: RequestInit, read: (response: Response) => Promise<T>) {
  try {
    const response = await fetch(address, init);
    return { response, content: await read(response) };
  } catch (error) {
    throw new Error(`Expected an answer from ${address.host} but received ${codeOf(error)}`);
  }
}

function refusalOf({ status, headers }: Response, host: string): Error {
  const message = `Expected 2xx from ${host} but received ${status}`;
  if (status === 429 || status === 503) return new RetryLater(message, retryAfterMs(headers));
  return status >= 500 || status === 408 ? new Error(message) : new AbortError(message);
}

/** https://www.rfc-editor.org/rfc/rfc9110#field.retry-after: seconds or a date; 0 if it has neither. */
function retryAfterMs(headers: Headers): number {
  const text = headers.get('retry-after') ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return Math.max(0, ms) || 0;
}

function codeOf(error: unknown): string {
  const { name, cause } = error as Error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : name;
}

function withoutCredentials(url: string) {
  const address = new URL(url);
  const { username, password } = address;
  if (username === '' && password === '') return { address, authorization: {} };
  const [user, secret] = [username, password].map(decodeURIComponent);
  address.username = '';
  address.password = '';
  const basic = Buffer.from(`${user}:${secret}`).toString('base64');
  return { address, authorization: { authorization: `Basic ${basic}` } };
}

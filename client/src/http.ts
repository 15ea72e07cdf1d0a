/** Requests with credentials and repetition. */

/** An answer of the API other than success. */
export class HangtagApiError extends Error {
  constructor(
    readonly status: number,
    /** Machine code, such as `not-found`. */
    readonly code: string,
    message: string,
    readonly requestId: string | undefined,
  ) {
    super(message);
    this.name = 'HangtagApiError';
  }
}

export interface ClientOptions {
  /** Address of the API. */
  readonly url: string;
  /** An API key, or a function that returns an ID token of the person who is signed in. Absent: the API is public. */
  readonly credentials?: string | (() => Promise<string>);
  /** Further attempts after a failure of the network or an answer of 429 or 5xx. */
  readonly retries?: number;
  readonly fetch?: typeof fetch;
}

const NOT_MODIFIED = 304;
const FIRST_WAIT_MS = 250;
const RETRIED = new Set([408, 429, 500, 502, 503, 504]);
const CONFLICT = 409;

export class Http {
  readonly #options: Required<Pick<ClientOptions, 'fetch' | 'retries'>> & ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = { retries: 3, fetch: (input, init) => fetch(input, init), ...options };
  }

  /** @throws {HangtagApiError} */
  async json<T>(method: string, path: string, body?: object | FormData): Promise<T> {
    return (await this.#request(method, path, body)).json() as Promise<T>;
  }

  /** For a request whose answer has no body. @throws {HangtagApiError} */
  async empty(method: string, path: string): Promise<void> {
    await discard(await this.#request(method, path));
  }

  /** @throws {HangtagApiError} */
  async bytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
    return new Uint8Array(await (await this.#request('GET', path)).arrayBuffer());
  }

  /** @returns undefined: what has this ETag has not changed. @throws {HangtagApiError} */
  async changed<T>(
    path: string,
    etag: string | undefined,
  ): Promise<{ readonly body: T; readonly etag: string } | undefined> {
    const response = await this.#request('GET', path, undefined, etag);
    if (response.status === NOT_MODIFIED) return undefined;
    return { body: (await response.json()) as T, etag: response.headers.get('etag') ?? '' };
  }

  /** @throws {HangtagApiError} */
  async #request(method: string, path: string, body?: object | FormData, etag?: string): Promise<Response> {
    const isForm = body instanceof FormData;
    const { credentials, url } = this.#options;
    const token = typeof credentials === 'function' ? await credentials() : credentials;
    const headers = {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      ...(etag !== undefined && { 'if-none-match': etag }),
      // A repetition of a POST is then answered with the first answer.
      ...(method === 'POST' && { 'idempotency-key': randomId() }),
    };
    const sent = body !== undefined && { body: isForm ? body : JSON.stringify(body) };
    const response = await this.send(`${url.replace(/\/$/, '')}${path}`, { method, headers, ...sent });
    if (!response.ok && response.status !== NOT_MODIFIED) throw await errorOf(response);
    return response;
  }

  /** Any request, without repetition. */
  sendOnce(url: string, init: RequestInit): Promise<Response> {
    return this.#options.fetch(url, init);
  }

  /** Any request, repeated while the failure may pass. */
  async send(url: string, init: RequestInit): Promise<Response> {
    const { retries } = this.#options;
    for (let attempt = 0; ; attempt += 1) {
      const isLast = attempt >= retries;
      try {
        const response = await this.sendOnce(url, init);
        if (isLast || !mayPass(response)) return response;
        await discard(response);
        await wait(Number(response.headers.get('retry-after')) * 1_000 || FIRST_WAIT_MS * 2 ** attempt);
      } catch (error) {
        if (isLast || init.signal?.aborted) throw error;
        await wait(FIRST_WAIT_MS * 2 ** attempt);
      }
    }
  }
}

/** A conflict passes if the first attempt is still in work: its connection was lost, and the API names a time to ask again. */
function mayPass({ status, headers }: Response): boolean {
  return RETRIED.has(status) || (status === CONFLICT && headers.has('retry-after'));
}

/** A body that is never read keeps its connection. */
export async function discard({ body }: Response): Promise<void> {
  await body?.cancel();
}

export async function errorOf(response: Response): Promise<HangtagApiError> {
  const body = (await response.json().catch(() => ({}))) as Partial<Record<string, string>>;
  const message = body['error'] ?? `Expected success but received ${response.status}`;
  return new HangtagApiError(response.status, body['code'] ?? 'unknown', message, body['requestId']);
}

/** `crypto.randomUUID` does not exist on a page that was loaded by http. */
function randomId(): string {
  return [...crypto.getRandomValues(new Uint32Array(4))].map((part) => part.toString(36)).join('-');
}

function wait(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

import pRetry, { AbortError } from 'p-retry';
import { TransientError } from '../../errors.js';

export interface Backoff {
  readonly retries: number;
  /** Milliseconds before the first retry; doubled for each that follows. */
  readonly firstDelayMs: number;
}

export const DEFAULT_BACKOFF: Backoff = { retries: 4, firstDelayMs: 500 };

const TIMEOUT_MS = 10_000;

export interface JsonRequest {
  readonly url: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** POSTs until the other side answers 2xx. Answers that another try cannot change (4xx but 408 and 429) end it at once. */
export async function postJson({ url, body, headers }: JsonRequest, backoff: Backoff): Promise<void> {
  const init: RequestInit = {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
    // A redirect would carry the message, and its signature, to somebody who was not configured.
    redirect: 'error',
  };
  await retrying(async () => {
    const response = await fetch(url, { ...init, signal: AbortSignal.timeout(TIMEOUT_MS) });
    await response.body?.cancel();
    if (response.ok) return;
    const { status } = response;
    const refused = new Error(`Expected 2xx from ${new URL(url).host} but received ${status}`);
    throw status >= 500 || status === 408 || status === 429 ? refused : new AbortError(refused);
  }, backoff);
}

/** @throws {TransientError} the last failure is its cause */
export async function retrying(attempt: () => Promise<void>, backoff: Backoff): Promise<void> {
  const { retries, firstDelayMs: minTimeout } = backoff;
  try {
    await pRetry(attempt, {
      retries,
      minTimeout,
      factor: 2,
      randomize: true,
      // By default a failed connection, which is a TypeError of fetch, is tried again only in some spellings.
      shouldRetry: () => true,
    });
  } catch (cause) {
    throw new TransientError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

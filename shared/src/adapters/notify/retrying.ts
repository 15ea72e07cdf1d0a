import { setTimeout as delay } from 'node:timers/promises';
import pRetry from 'p-retry';
import { TransientError } from '../../errors.js';

export interface Backoff {
  readonly retries: number;
  /** Milliseconds before the first retry; doubled for each that follows. */
  readonly firstDelayMs: number;
  /** After this number of milliseconds from the first attempt, no other begins, even if a server asks for a longer wait. */
  readonly limitMs?: number;
}

export const DEFAULT_BACKOFF: Backoff = { retries: 4, firstDelayMs: 500 };

/** With one more attempt of 10 s this is less than the 60 s that the heartbeat may take. */
const DEFAULT_LIMIT_MS = 45_000;

/** A failure after which another attempt can succeed, but not before a given time. */
export class RetryLater extends Error {
  constructor(
    message: string,
    readonly afterMs: number,
  ) {
    super(message);
  }
}

/** An attempt that fails with p-retry's `AbortError` is the last. @throws {TransientError} the last failure is its cause */
export async function retrying<T>(attempt: () => Promise<T>, backoff: Backoff): Promise<T> {
  const { retries, firstDelayMs: minTimeout, limitMs = DEFAULT_LIMIT_MS } = backoff;
  const startedAt = performance.now();
  try {
    return await pRetry(attempt, {
      retries,
      minTimeout,
      factor: 2,
      randomize: true,
      maxRetryTime: limitMs,
      onFailedAttempt: async ({ error, retriesLeft }) => {
        if (!(error instanceof RetryLater) || retriesLeft === 0) return;
        // An earlier attempt would be refused too.
        if (performance.now() - startedAt + error.afterMs > limitMs) throw error;
        await delay(error.afterMs);
      },
    });
  } catch (cause) {
    throw new TransientError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

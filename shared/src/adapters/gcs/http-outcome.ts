/** Whether a failure of Cloud Storage can be retried. https://cloud.google.com/storage/docs/retry-strategy */
import { TransientError } from '../../errors.js';

export const HTTP = { ok: 200, notFound: 404, preconditionFailed: 412 } as const;

/** The HTTP status in an error of the client. Errors of resumable uploads in storage 7 have `status` and no `code`. */
export function statusOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  return code ?? status;
}

/** Whether another attempt can succeed: after all but 4xx other than 408 and 429. Errors of the network have no number. */
export function isPassing(error: unknown): boolean {
  const status = Number(statusOf(error));
  return !(status >= 400 && status < 500) || status === 408 || status === 429;
}

/** A `TransientError` of a passing failure; otherwise the error itself. */
export function transientOr(error: unknown, doing: string): unknown {
  if (!isPassing(error)) return error;
  return new TransientError(`Could not ${doing}: ${String(error)}`, { cause: error });
}

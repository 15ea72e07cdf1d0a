/** What an HTTP status of Cloud Storage means to the work. https://cloud.google.com/storage/docs/retry-strategy */
import { TransientError } from '../../errors.js';

export const HTTP = { notFound: 404, preconditionFailed: 412 } as const;

/** HTTP status of a client error: a resumable upload of storage 7 has `status` and no `code`. */
export function statusOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined;
  const { code, status } = error as Error & { code?: unknown; status?: unknown };
  return code ?? status;
}

/** Every answer but a client fault (4xx other than 408 and 429) can pass: the network's own errors have no number. */
export function transientOr(error: unknown, doing: string): unknown {
  const status = Number(statusOf(error));
  const ours = status >= 400 && status < 500 && status !== 408 && status !== 429;
  return ours ? error : new TransientError(`Could not ${doing}: ${String(error)}`, { cause: error });
}

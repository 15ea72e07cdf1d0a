/**
 * Which gRPC statuses can be retried; decided by the code and never by the message. Codes: https://grpc.io/docs/guides/status-codes/
 */
import { TransientError } from '../errors.js';

export const GRPC = { notFound: 5, alreadyExists: 6, failedPrecondition: 9 } as const;

/** Cancelled, unknown, deadline exceeded, resource exhausted, aborted, internal, unavailable. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([1, 2, 4, 8, 10, 13, 14]);

export function grpcCodeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The error to throw: a `TransientError` if a retry can succeed, otherwise the error itself. */
export function transientOr(error: unknown, doing: string): unknown {
  return TRANSIENT_CODES.has(grpcCodeOf(error))
    ? new TransientError(`Could not ${doing}: ${String(error)}`, { cause: error })
    : error;
}

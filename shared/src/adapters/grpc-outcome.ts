/**
 * What a gRPC status means to the work, by code and never by message text. Codes: https://grpc.io/docs/guides/status-codes/
 */
import { TransientError } from '../errors.js';

export const GRPC = { notFound: 5, alreadyExists: 6, failedPrecondition: 9 } as const;

/** Cancelled, unknown, deadline exceeded, resource exhausted, aborted, internal, unavailable. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([1, 2, 4, 8, 10, 13, 14]);

export function grpcCodeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}

/** The error to throw on: `TransientError` where trying again can help, the error itself where it cannot. */
export function transientOr(error: unknown, doing: string): unknown {
  return TRANSIENT_CODES.has(grpcCodeOf(error))
    ? new TransientError(`Could not ${doing}: ${String(error)}`, { cause: error })
    : error;
}

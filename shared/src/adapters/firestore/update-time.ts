/** Versions of documents as text, and writes that depend on them. */
import { type DocumentData, type DocumentReference, Timestamp } from '@google-cloud/firestore';
import { GRPC, grpcCodeOf } from '../grpc-outcome.js';

/** Seconds and nanoseconds: two writes in the same millisecond have different update times. */
export function timeText(time: Timestamp): string {
  return `${time.seconds}.${time.nanoseconds}`;
}

export function updateTimeOf(version: string): Timestamp {
  const [seconds, nanoseconds] = version.split('.').map(Number);
  return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
}

/**
 * Writes a document if it is as it was at a version.
 *
 * @param version undefined: there is no document
 * @returns the new version; undefined if the document is different
 * @throws what Firestore answers
 */
export async function putIfUnchanged(
  document: DocumentReference,
  fields: DocumentData,
  version: string | undefined,
): Promise<string | undefined> {
  try {
    const { writeTime } = await (version === undefined
      ? document.create(fields)
      : document.update(fields, { lastUpdateTime: updateTimeOf(version) }));
    return timeText(writeTime);
  } catch (error) {
    const code = grpcCodeOf(error);
    const isDifferent =
      version === undefined
        ? code === GRPC.alreadyExists
        : code === GRPC.failedPrecondition || code === GRPC.notFound;
    if (isDifferent) return undefined;
    throw error;
  }
}

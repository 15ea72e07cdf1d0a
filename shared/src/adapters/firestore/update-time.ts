/** Versions of documents as text. */
import { Timestamp } from '@google-cloud/firestore';

/** Seconds and nanoseconds: two writes in the same millisecond have different update times. */
export function timeText(time: Timestamp): string {
  return `${time.seconds}.${time.nanoseconds}`;
}

export function updateTimeOf(version: string): Timestamp {
  const [seconds, nanoseconds] = version.split('.').map(Number);
  return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
}

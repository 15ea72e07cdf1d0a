/** Versions of documents as text. */
import { Timestamp } from '@google-cloud/firestore';

/** Seconds and nanoseconds: an update time is finer than a millisecond, and the race is decided by it. */
export function timeText(time: Timestamp): string {
  return `${time.seconds}.${time.nanoseconds}`;
}

export function updateTimeOf(version: string): Timestamp {
  const [seconds, nanoseconds] = version.split('.').map(Number);
  return new Timestamp(seconds ?? 0, nanoseconds ?? 0);
}

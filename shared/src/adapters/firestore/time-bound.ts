import { Timestamp } from '@google-cloud/firestore';

const FIRST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LAST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/** A time with which a query compares. Firestore has no times before or after these years, and refuses them. */
export function timeBound(epochMs: number): Timestamp {
  return Timestamp.fromMillis(Math.min(Math.max(epochMs, FIRST_MS), LAST_MS));
}

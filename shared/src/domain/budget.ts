/**
 * How many images a day may cost something, and who may still let how many through.
 *
 * Nobody counts every image in one place: that document would be written at every upload. Each worker counts the day's
 * images with one aggregation, takes its share of what is left, and counts again when the share is used up. Together
 * the workers can never take more than was left at a count; what the counts have not seen yet is the error, and it
 * shrinks with what is left.
 */
import type { Status } from './record.js';

export interface Budget {
  /** Images put in the queue in a day; absent: no limit. */
  readonly imagesPerDay?: number;
  /** US dollars in a day, by the price list; absent: no limit. */
  readonly usdPerDay?: number;
}

/**
 * Statuses of images that cost something, where they have a `queuedAt`: they are queued, or were. Images that are refused
 * when they arrive have none. Deferred ones cost nothing yet.
 */
export const BILLABLE_STATUSES = [
  'queued',
  'done',
  'review',
  'failed',
  'deleted',
] as const satisfies readonly Status[];

/** The stricter of the two limits, in images. */
export function dailyImages({ imagesPerDay, usdPerDay }: Budget, usdPerImage: number): number {
  const affordable = usdPerDay === undefined ? Number.POSITIVE_INFINITY : Math.floor(usdPerDay / usdPerImage);
  return Math.min(imagesPerDay ?? Number.POSITIVE_INFINITY, affordable);
}

/** What one worker may let through before it counts again. */
export interface Share {
  readonly left: number;
  /** Epoch milliseconds; then, or when nothing is left, it is time to count again. */
  readonly until: number;
}

export interface ShareTerms {
  readonly limit: number;
  /** Images counted today. */
  readonly spent: number;
  /** Images of this worker that are on their way into the queue, which the count may not have seen. */
  readonly unseen: number;
  /** Workers that may take a share at the same time. */
  readonly workers: number;
  readonly nowMs: number;
  readonly dayEndsMs: number;
}

/** Others spend too: a share that was not used grows old. */
const SHARE_MS = 60_000;

export function shareOf({ limit, spent, unseen, workers, nowMs, dayEndsMs }: ShareTerms): Share {
  if (spent >= limit) return { left: 0, until: dayEndsMs };
  const remaining = limit - spent - unseen;
  // Whether anything is left will be known once those are counted: the next to ask counts again.
  if (remaining <= 0) return { left: 0, until: nowMs };
  return { left: Math.max(1, Math.floor(remaining / workers)), until: Math.min(dayEndsMs, nowMs + SHARE_MS) };
}

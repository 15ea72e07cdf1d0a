/**
 * How many images may be queued in a day, and how workers divide that number among themselves.
 *
 * No counter is incremented for each image: its document would be written at every upload. Each worker counts the day's
 * images with one aggregation, reserves a share of what is left, and counts again when its share is used up. The limit can be
 * exceeded only by the shares that other workers hold during a count; they shrink to one image as the limit nears.
 */
import type { Status } from './record.js';

export interface Budget {
  /** Images queued in a day; absent: no limit. */
  readonly imagesPerDay?: number;
  /** US dollars in a day, by the price list; absent: no limit. */
  readonly usdPerDay?: number;
}

/**
 * An image is billable if it has one of these statuses and a `queuedAt`, which means that it is or was queued. Images that
 * are refused on arrival have no `queuedAt`. Deferred images cost nothing yet.
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

/** The number of images that a worker may queue before it counts again. */
export interface Share {
  readonly left: number;
  /** Epoch milliseconds. The worker counts again at this time, or earlier if nothing is left. */
  readonly until: number;
}

export interface ShareTerms {
  readonly limit: number;
  /** Images counted today. */
  readonly spent: number;
  /** Images that this worker is queueing now: the count may not include them. */
  readonly unseen: number;
  /** Workers that may hold a share at the same time. */
  readonly workers: number;
  readonly nowMs: number;
  readonly dayEndsMs: number;
}

/** A share expires, because other workers use the same budget. */
const SHARE_MS = 60_000;

export function shareOf({ limit, spent, unseen, workers, nowMs, dayEndsMs }: ShareTerms): Share {
  if (spent >= limit) return { left: 0, until: dayEndsMs };
  const remaining = limit - spent - unseen;
  // The images being queued may use up the rest: the next call counts again.
  if (remaining <= 0) return { left: 0, until: nowMs };
  return { left: Math.max(1, Math.floor(remaining / workers)), until: Math.min(dayEndsMs, nowMs + SHARE_MS) };
}

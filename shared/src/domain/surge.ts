/**
 * Detects surges of a tenant's uploads with a leaky bucket. Each upload raises the level by one, and time lowers it at a
 * constant rate. Uploads that arrive while the level is above the burst belong to a surge and go to the backfill lane. The level
 * is at most twice the burst, so every surge ends after the time in which a burst leaks away.
 *
 * The times are those of the uploads, not of their events: late events do not hide a surge.
 */
export interface Surge {
  /** Uploads that have not leaked away. */
  readonly level: number;
  /** Epoch milliseconds of the latest upload. */
  readonly atMs: number;
}

export interface SurgePolicy {
  /** Number of simultaneous uploads that are not yet a surge. */
  readonly burst: number;
  /** Uploads at this rate never become a surge; above 0. */
  readonly perSecond: number;
}

/** @param before undefined means a level of 0 */
export function onUpload(before: Surge | undefined, uploadedAtMs: number, policy: SurgePolicy): Surge {
  if (before === undefined) return { level: 1, atMs: uploadedAtMs };
  const level = Math.min(levelAt(before, uploadedAtMs, policy) + 1, 2 * policy.burst);
  return { level, atMs: Math.max(before.atMs, uploadedAtMs) };
}

export function isSurging({ level }: Surge, { burst }: SurgePolicy): boolean {
  return level > burst;
}

/** Whether the level is 0: the tenant's entry can be deleted. */
export function isOver(surge: Surge, nowMs: number, policy: SurgePolicy): boolean {
  return levelAt(surge, nowMs, policy) === 0;
}

/** For an upload that is older than the latest one, the level does not leak. */
function levelAt({ level, atMs }: Surge, nowMs: number, { perSecond }: SurgePolicy): number {
  const passedMs = Math.max(0, nowMs - atMs);
  return Math.max(0, level - (passedMs / 1_000) * perSecond);
}

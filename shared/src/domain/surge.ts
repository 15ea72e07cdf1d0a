/**
 * Whether a tenant uploads faster than the others should have to wait for: a leaky bucket. Each upload raises the level by
 * one, and time lowers it at a constant rate. Uploads that come while the level is above the burst belong to a surge and
 * are queued as a backlog. The level rises to twice the burst at most, so a surge of any size ends after the time in which
 * a burst leaks away.
 *
 * Times are those of the uploads, not of their events: late events do not hide a surge.
 */
export interface Surge {
  /** Uploads that have not leaked away. */
  readonly level: number;
  /** Epoch milliseconds of the latest upload. */
  readonly atMs: number;
}

export interface SurgePolicy {
  /** Uploads at once that are not yet a surge. */
  readonly burst: number;
  /** The rate at which uploads never become a surge; above 0. */
  readonly perSecond: number;
}

/** @param before undefined where nothing is known of the tenant: the same as a level of 0 */
export function onUpload(before: Surge | undefined, uploadedAtMs: number, policy: SurgePolicy): Surge {
  if (before === undefined) return { level: 1, atMs: uploadedAtMs };
  const level = Math.min(levelAt(before, uploadedAtMs, policy) + 1, 2 * policy.burst);
  return { level, atMs: Math.max(before.atMs, uploadedAtMs) };
}

export function isSurging({ level }: Surge, { burst }: SurgePolicy): boolean {
  return level > burst;
}

/** Whether the level is 0, so that the tenant can be forgotten. */
export function isOver(surge: Surge, nowMs: number, policy: SurgePolicy): boolean {
  return levelAt(surge, nowMs, policy) === 0;
}

/** No time passes for an upload that arrives after a later one. */
function levelAt({ level, atMs }: Surge, nowMs: number, { perSecond }: SurgePolicy): number {
  const passedMs = Math.max(0, nowMs - atMs);
  return Math.max(0, level - (passedMs / 1_000) * perSecond);
}

/**
 * Detects surges of a tenant with a leaky bucket. Each use raises the level by its amount, and time lowers it at a constant
 * rate. A use that finds the level above the burst belongs to a surge and goes to the backfill lane. The level is at most twice
 * the burst, so every surge ends after the time in which a burst leaks away.
 *
 * The amount is 1 for an upload, or the milliseconds of processor time that an image took. The times are those of the uses,
 * not of their events: so late events do not hide a surge.
 */
export interface Surge {
  /** The amount that has not leaked away. */
  readonly level: number;
  /** Epoch milliseconds of the latest use. */
  readonly atMs: number;
}

export interface SurgePolicy {
  /** The amount that may be used at once without a surge. */
  readonly burst: number;
  /** Use at this rate never becomes a surge; above 0. */
  readonly perSecond: number;
}

export interface Use {
  readonly amount: number;
  /** Epoch milliseconds. */
  readonly atMs: number;
}

/** @param before undefined means a level of 0 */
export function onUse(before: Surge | undefined, { amount, atMs }: Use, policy: SurgePolicy): Surge {
  const left = before === undefined ? 0 : levelAt(before, atMs, policy);
  return { level: Math.min(left + amount, 2 * policy.burst), atMs: Math.max(before?.atMs ?? atMs, atMs) };
}

export function isSurging({ level }: Surge, { burst }: SurgePolicy): boolean {
  return level > burst;
}

/** Whether the level is 0: the tenant's entry can be deleted. */
export function isOver(surge: Surge, nowMs: number, policy: SurgePolicy): boolean {
  return levelAt(surge, nowMs, policy) === 0;
}

/** For a use that is older than the latest one, the level does not leak. */
function levelAt({ level, atMs }: Surge, nowMs: number, { perSecond }: SurgePolicy): number {
  const passedMs = Math.max(0, nowMs - atMs);
  return Math.max(0, level - (passedMs / 1_000) * perSecond);
}

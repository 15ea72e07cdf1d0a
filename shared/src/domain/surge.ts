/**
 * Whether one tenant's uploads come faster than the others should have to wait for: a leaky bucket. Every upload raises
 * its level by one, and time lowers it by the rate. Whatever comes while the level is above the burst belongs to a
 * surge, and is queued as a backlog. The level rises no further than twice the burst, so a surge is over once the tenant
 * was quiet for as long as a burst takes at the rate, however large the surge was.
 *
 * Time is that of the uploads and not of their events: a surge is one still where its events are slow to arrive.
 */
export interface Surge {
  /** Uploads that time has not yet made up for. */
  readonly level: number;
  /** Epoch milliseconds of the latest upload. */
  readonly atMs: number;
}

export interface SurgePolicy {
  /** Uploads at once that are still no surge. */
  readonly burst: number;
  /** Uploads that may go on for ever; above 0. */
  readonly perSecond: number;
}

/** @param before undefined where nothing is remembered of the tenant, which is as good as a level of 0 */
export function onUpload(before: Surge | undefined, uploadedAtMs: number, policy: SurgePolicy): Surge {
  if (before === undefined) return { level: 1, atMs: uploadedAtMs };
  const level = Math.min(levelAt(before, uploadedAtMs, policy) + 1, 2 * policy.burst);
  return { level, atMs: Math.max(before.atMs, uploadedAtMs) };
}

export function isSurging({ level }: Surge, { burst }: SurgePolicy): boolean {
  return level > burst;
}

/** Whether nothing of it is left, so that it need not be remembered. */
export function isOver(surge: Surge, nowMs: number, policy: SurgePolicy): boolean {
  return levelAt(surge, nowMs, policy) === 0;
}

/** An upload that comes after a later one lets no time pass. */
function levelAt({ level, atMs }: Surge, nowMs: number, { perSecond }: SurgePolicy): number {
  const passedMs = Math.max(0, nowMs - atMs);
  return Math.max(0, level - (passedMs / 1_000) * perSecond);
}

/**
 * When people are told, as a pure decision over what they were told before.
 *
 *               holds: tell "firing"          holds, cool-down over: tell again
 *      quiet ──────────────────────► firing ◄────────────────────────┐
 *        ▲                            │  │                            │
 *        └────────────────────────────┘  └────────────────────────────┘
 *          no longer holds: tell "resolved"   holds, cool-down not over: nothing
 *
 * An announcement is claimed first, sent, and confirmed last, each by compare-and-set: of two workers one sends. Where the
 * one that claimed dies, the claim runs out and the next look at the condition sends it: told at least once, twice only
 * after a crash between sending and confirming.
 */
import type { Condition, Finding, Severity } from '../report/findings.js';

export interface AlertState {
  readonly condition: Condition;
  readonly phase: 'firing' | 'quiet';
  /** Epoch milliseconds at which the incident was first seen: with the condition, its name. */
  readonly since: number;
  /** Epoch milliseconds at which people were last told of this phase; null: not yet. */
  readonly announcedAt: number | null;
  /** Epoch milliseconds until which somebody is busy telling; null: nobody is. */
  readonly claimedUntil: number | null;
  readonly severity: Severity;
  readonly text: string;
}

/** One look at a condition: what holds, or that nothing does. */
export interface Observation {
  readonly condition: Condition;
  readonly finding: Finding | undefined;
}

export interface AlertTiming {
  readonly nowMs: number;
  readonly coolDownMs: number;
}

/** Longer than every channel with all its retries takes. */
export const CLAIM_MS = 120_000;

/** @returns the state to claim, or undefined where there is nothing to tell, or somebody else is telling it */
export function claimOf(
  current: AlertState | undefined,
  { condition, finding }: Observation,
  { nowMs, coolDownMs }: AlertTiming,
): AlertState | undefined {
  if (current?.claimedUntil && current.claimedUntil > nowMs) return undefined;
  const claimedUntil = nowMs + CLAIM_MS;
  if (finding === undefined) {
    if (current === undefined || !owesResolution(current)) return undefined;
    return { ...current, phase: 'quiet', announcedAt: null, claimedUntil };
  }
  const { severity, text } = finding;
  if (current?.phase !== 'firing') {
    return { condition, phase: 'firing', since: nowMs, announcedAt: null, claimedUntil, severity, text };
  }
  const isCooling = current.announcedAt !== null && nowMs - current.announcedAt < coolDownMs;
  return isCooling ? undefined : { ...current, severity, text, claimedUntil };
}

/** What the state is once people were told. */
export function confirmed(claim: AlertState, nowMs: number): AlertState {
  return { ...claim, announcedAt: nowMs, claimedUntil: null };
}

/** What the state is where nobody could be told: as before, free for the next try. */
export function released(claim: AlertState): AlertState {
  return { ...claim, claimedUntil: null };
}

/** Somebody was told that it fires and nobody that it is over. Who was never told does not wait for the end. */
function owesResolution({ phase, announcedAt }: AlertState): boolean {
  return phase === 'firing' ? announcedAt !== null : announcedAt === null;
}

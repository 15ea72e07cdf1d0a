/**
 * When an alert is sent: a pure decision from what was sent before.
 *
 *               holds: send "firing"          holds, cool-down over: send again
 *      quiet ──────────────────────► firing ◄────────────────────────┐
 *        ▲                            │  │                            │
 *        └────────────────────────────┘  └────────────────────────────┘
 *          no longer holds: send "resolved"   holds, cool-down not over: nothing
 *
 * A message is claimed, sent and confirmed, each by compare-and-set, so that only one worker sends it. If the worker
 * that claimed it dies, the claim expires and the next observation sends it. So it is sent at least once, and twice only
 * after a crash between sending and confirming.
 */
import type { Condition, Finding } from '../report/findings.js';

export interface AlertState extends Pick<Finding, 'severity' | 'text' | 'values'> {
  readonly condition: Condition;
  readonly phase: 'firing' | 'quiet';
  /** Epoch milliseconds at which the incident was first observed. It identifies the incident of a condition. */
  readonly since: number;
  /** Epoch milliseconds at which a message of this phase was last sent; null: not yet. */
  readonly announcedAt: number | null;
  /** Epoch milliseconds until which a worker has claimed the message; null: none has. */
  readonly claimedUntil: number | null;
}

/** One observation of a condition: what was found, or that it does not hold. */
export interface Observation {
  readonly condition: Condition;
  readonly finding: Finding | undefined;
}

export interface AlertTiming {
  readonly nowMs: number;
  readonly coolDownMs: number;
}

/** Longer than any channel takes with all its retries. */
export const CLAIM_MS = 120_000;

/** @returns the state to claim; undefined if there is nothing to send, or another worker is sending it */
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
  const { severity, text, values } = finding;
  if (current?.phase !== 'firing') {
    return {
      condition,
      phase: 'firing',
      since: nowMs,
      announcedAt: null,
      claimedUntil,
      severity,
      text,
      values,
    };
  }
  const isCooling = current.announcedAt !== null && nowMs - current.announcedAt < coolDownMs;
  return isCooling ? undefined : { ...current, severity, text, values, claimedUntil };
}

/** The state after the message was sent. */
export function confirmed(claim: AlertState, nowMs: number): AlertState {
  return { ...claim, announcedAt: nowMs, claimedUntil: null };
}

/** The state after no channel accepted the message: the next observation claims it again. */
export function released(claim: AlertState): AlertState {
  return { ...claim, claimedUntil: null };
}

/** "Firing" was sent, and "resolved" was not. An incident of which nothing was sent needs no end. */
function owesResolution({ phase, announcedAt }: AlertState): boolean {
  return phase === 'firing' ? announcedAt !== null : announcedAt === null;
}

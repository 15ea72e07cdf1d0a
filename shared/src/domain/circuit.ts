/**
 * Stops the images of a model while the model itself fails, as pure decisions. An image alone never opens the circuit: after
 * an image failed for another reason than its own bytes, the model is checked by a golden picture, whose labels are known.
 *
 *              an image failed: check the model
 *      closed ──────────────────────────────────► the check failed ──► open
 *        ▲  ▲                      │                                   │  ▲
 *        │  └── the check passed ──┘                    cool-down over │  │ the check failed
 *        │                                                             ▼  │
 *        └──────────────── the check passed ───────────────── check the model
 */
export interface Circuit {
  /** Epoch milliseconds until which no image is tried; null if the circuit is closed. */
  readonly openUntil: number | null;
  /** Epoch milliseconds of the last check; null before the first. */
  readonly checkedAt: number | null;
}

export interface CircuitPolicy {
  /** How long images are refused before the model is checked again. */
  readonly coolDownMs: number;
  /** Least time between two checks of a model that passes them: images that fail one after another need not each check it. */
  readonly checkEveryMs: number;
}

export const CLOSED: Circuit = { openUntil: null, checkedAt: null };
export const DEFAULT_CIRCUIT_POLICY: CircuitPolicy = { coolDownMs: 60_000, checkEveryMs: 10_000 };

/** What to do with the next image: try it, refuse it, or check the model before anything else. */
export function onImage({ openUntil }: Circuit, nowMs: number): 'try' | 'refuse' | 'check' {
  if (openUntil === null) return 'try';
  return nowMs < openUntil ? 'refuse' : 'check';
}

/** Whether a failed image is a reason to check the model now. */
export function isCheckDue({ checkedAt }: Circuit, nowMs: number, { checkEveryMs }: CircuitPolicy): boolean {
  return checkedAt === null || nowMs - checkedAt >= checkEveryMs;
}

export function onCheckPassed(nowMs: number): Circuit {
  return { openUntil: null, checkedAt: nowMs };
}

export function onCheckFailed(nowMs: number, { coolDownMs }: CircuitPolicy): Circuit {
  return { openUntil: nowMs + coolDownMs, checkedAt: nowMs };
}

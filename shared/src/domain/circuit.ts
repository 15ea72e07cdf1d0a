/**
 * Stops work that fails more often than not, as pure decisions over the last outcomes.
 *
 *      closed ── more than half of the last 100 failed ──► open ── cool-down over ──► one trial
 *        ▲                                                   ▲                          │  │
 *        └───────────────────── it succeeded ────────────────┼──────────────────────────┘  │
 *                                                            └──────── it failed ──────────┘
 */
export interface Circuit {
  /** Of the last outcomes, oldest first: whether they failed. */
  readonly failed: readonly boolean[];
  /** Epoch milliseconds until which nothing is tried; null where the circuit is closed. */
  readonly openUntil: number | null;
}

export interface CircuitPolicy {
  /** Outcomes remembered; it opens when more than half of so many failed. */
  readonly window: number;
  readonly coolDownMs: number;
}

export const CLOSED: Circuit = { failed: [], openUntil: null };
export const DEFAULT_CIRCUIT_POLICY: CircuitPolicy = { window: 100, coolDownMs: 60_000 };

/** Whether work may be tried now. A trial after the cool-down holds the others off until its outcome is known. */
export function onTry(
  circuit: Circuit,
  nowMs: number,
  { coolDownMs }: CircuitPolicy,
): { readonly isAllowed: boolean; readonly circuit: Circuit } {
  if (circuit.openUntil === null) return { isAllowed: true, circuit };
  if (nowMs < circuit.openUntil) return { isAllowed: false, circuit };
  return { isAllowed: true, circuit: { ...circuit, openUntil: nowMs + coolDownMs } };
}

export function onSuccess(circuit: Circuit, { window }: CircuitPolicy): Circuit {
  return circuit.openUntil === null ? remember(circuit, false, window) : CLOSED;
}

export function onFailure(circuit: Circuit, nowMs: number, { window, coolDownMs }: CircuitPolicy): Circuit {
  const remembered = remember(circuit, true, window);
  const failures = remembered.failed.filter(Boolean).length;
  // What is open stays open here: no failure pushes so many others out that half are left.
  return failures > window / 2 ? { ...remembered, openUntil: nowMs + coolDownMs } : remembered;
}

function remember({ failed, openUntil }: Circuit, outcome: boolean, window: number): Circuit {
  return { failed: [...failed, outcome].slice(-window), openUntil };
}

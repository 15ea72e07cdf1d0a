/**
 * Decides on a request to sweep a bucket: it starts a new sweep, continues the unfinished one of the same scope, or is
 * refused with a reason. A valid lease is never taken away.
 */
import {
  isOver,
  type Lease,
  NO_PROGRESS,
  type SweepRequest,
  type SweepScope,
  type SweepState,
  scopeOf,
} from './sweep-state.js';

export type Claim =
  /** Continue from this state. */
  | { readonly kind: 'granted'; readonly state: SweepState }
  | {
      readonly kind: 'refused';
      readonly because: 'running' | 'paused' | 'done-already' | 'other-unfinished';
      readonly state: SweepState;
    };

export interface Claimant {
  readonly holder: string;
  readonly nowMs: number;
  readonly leaseMs: number;
}

export function onClaim(current: SweepState | undefined, request: SweepRequest, by: Claimant): Claim {
  const lease = { holder: by.holder, until: by.nowMs + by.leaseMs };
  if (current === undefined) return granted(begin(request, current, by), lease);
  if (isOver(current)) {
    return request.requestId === current.requestId
      ? refused('done-already', current)
      : granted(begin(request, current, by), lease);
  }
  if (current.status === 'paused') return refused('paused', current);
  if (current.lease !== null && current.lease.until > by.nowMs) return refused('running', current);
  return isSameScope(current, request) ? granted(current, lease) : refused('other-unfinished', current);
}

function begin(request: SweepRequest, before: SweepState | undefined, { nowMs }: Claimant): SweepState {
  const { requestId = null, ...scope } = request;
  const [pass] = scope.passes;
  if (pass === undefined) throw new TypeError('Expected at least one pass for a sweep but received none');
  return {
    ...scopeOf(scope),
    status: 'running',
    requestId,
    lease: null,
    pass,
    cursor: scope.prefix,
    progress: NO_PROGRESS,
    expected: expectationOf(before, scope),
    costEstimate: 0,
    startedAt: nowMs,
    updatedAt: nowMs,
    etaAt: null,
    finishedAt: null,
  };
}

function expectationOf(before: SweepState | undefined, { prefix }: SweepScope): number | null {
  if (before === undefined || before.prefix !== prefix) return null;
  const listed =
    before.status === 'done' && before.passes.includes('objects') ? before.progress.listed : null;
  return listed ?? before.expected;
}

function isSameScope(a: SweepScope, b: SweepScope): boolean {
  return (
    a.prefix === b.prefix && a.mode === b.mode && a.passes.join() === b.passes.join() && a.bucket === b.bucket
  );
}

function granted(state: SweepState, lease: Lease): Claim {
  return { kind: 'granted', state: { ...state, lease } };
}

function refused(because: Extract<Claim, { kind: 'refused' }>['because'], state: SweepState): Claim {
  return { kind: 'refused', because, state };
}

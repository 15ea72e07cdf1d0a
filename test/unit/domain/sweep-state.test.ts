import { type Claim, onClaim } from '@hangtag/shared/domain/sweep-claim.js';
import {
  FINDINGS,
  isWithinScope,
  NO_PROGRESS,
  onAction,
  onStep,
  PASSES,
  type SweepRequest,
  type SweepState,
} from '@hangtag/shared/domain/sweep-state.js';
import { expect } from 'chai';
import { BUCKET } from '../../fixtures/records.js';

const REQUEST: SweepRequest = { bucket: BUCKET, prefix: 'a/', passes: ['objects', 'stuck'], mode: 'repair' };
const ANNA = { holder: 'anna', nowMs: 1_000, leaseMs: 100 };
const LEASE = { holder: 'anna', until: 1_100 };

function granted(claim: Claim): SweepState {
  if (claim.kind === 'refused') throw new Error(`Expected a sweep but received ${claim.because}`);
  return claim.state;
}

/** A sweep that Anna has just started. */
function begun(changes: Partial<SweepState> = {}): SweepState {
  return { ...granted(onClaim(undefined, REQUEST, ANNA)), ...changes };
}

const refusal = (claim: Claim) => (claim.kind === 'refused' ? claim.because : claim.kind);

describe('the codes of a sweep', () => {
  it('are never renamed: stored documents and their readers contain them', () => {
    expect(PASSES).to.have.members(['objects', 'stuck', 'deferred', 'circuit-open', 'stale-model']);
    expect(FINDINGS).to.have.members(['missing', 'outdated', 'gone', 'stuck', 'deferred', 'stale']);
    expect(NO_PROGRESS).to.include.keys(FINDINGS);
  });
});

describe('a request for a sweep', () => {
  it('starts one if there was none', () => {
    expect(onClaim(undefined, REQUEST, ANNA)).to.deep.equal({
      kind: 'granted',
      state: {
        ...REQUEST,
        status: 'running',
        requestId: null,
        lease: LEASE,
        pass: 'objects',
        cursor: 'a/',
        progress: NO_PROGRESS,
        expected: null,
        costEstimate: 0,
        startedAt: 1_000,
        updatedAt: 1_000,
        etaAt: null,
        finishedAt: null,
      },
    });
  });

  it('must contain at least one pass', () => {
    const nothing = { ...REQUEST, passes: [] };
    expect(() => onClaim(undefined, nothing, ANNA)).to.throw(
      TypeError,
      'Expected at least one pass for a sweep',
    );
  });

  it('is refused while another process works on the sweep, until its lease expires', () => {
    expect(refusal(onClaim(begun(), REQUEST, { ...ANNA, nowMs: 1_099 }))).to.equal('running');
    expect(refusal(onClaim(begun(), REQUEST, { ...ANNA, nowMs: 1_100 }))).to.equal('granted');
    expect(refusal(onClaim(begun({ lease: null }), REQUEST, ANNA))).to.equal('granted');
  });

  it('continues an unfinished sweep of the same scope at its cursor', () => {
    const left = begun({ lease: null, cursor: 'a/m', pass: 'stuck' });

    expect(granted(onClaim(left, REQUEST, ANNA))).to.deep.equal({ ...left, lease: LEASE });
  });

  const otherScopes: Record<string, Partial<SweepRequest>> = {
    bucket: { bucket: 'another' },
    prefix: { prefix: 'b/' },
    mode: { mode: 'dry-run' },
    passes: { passes: ['objects'] },
  };
  for (const [what, change] of Object.entries(otherScopes)) {
    it(`is refused if the unfinished one has another ${what}`, () => {
      const claim = onClaim(begun({ lease: null }), { ...REQUEST, ...change }, ANNA);
      expect(refusal(claim)).to.equal('other-unfinished');
    });
  }

  it('is refused while it is paused', () => {
    expect(refusal(onClaim(begun({ status: 'paused', lease: null }), REQUEST, ANNA))).to.equal('paused');
  });

  it('starts a new one after the last has ended, unless the same request was done already', () => {
    const done = begun({ status: 'done', requestId: 'night', cursor: 'a/z', lease: null });

    expect(refusal(onClaim(done, { ...REQUEST, requestId: 'night' }, ANNA))).to.equal('done-already');
    expect(granted(onClaim(done, { ...REQUEST, requestId: 'next' }, ANNA))).to.include({
      requestId: 'next',
      cursor: 'a/',
    });
    expect(granted(onClaim({ ...done, requestId: null }, REQUEST, ANNA))).to.include({
      status: 'running',
      cursor: 'a/',
    });
    expect(
      granted(onClaim({ ...done, status: 'aborted', requestId: 'other' }, REQUEST, ANNA)).cursor,
    ).to.equal('a/');
    const running = begun({ requestId: 'night', cursor: 'a/m', lease: null });
    expect(granted(onClaim(running, { ...REQUEST, requestId: 'night' }, ANNA)).cursor).to.equal('a/m');
  });

  it('expects as many objects as the last finished sweep of the same names listed', () => {
    const expectedAfter = (before: Partial<SweepState>, request: Partial<SweepRequest> = {}) =>
      granted(
        onClaim(
          begun({ status: 'done', progress: { ...NO_PROGRESS, listed: 70 }, expected: 9, ...before }),
          { ...REQUEST, ...request },
          ANNA,
        ),
      ).expected;

    expect(expectedAfter({})).to.equal(70);
    expect(expectedAfter({ status: 'aborted' })).to.equal(9);
    expect(expectedAfter({ passes: ['stuck'] })).to.equal(9);
    expect(expectedAfter({}, { prefix: 'b/' })).to.equal(null);
  });
});

describe('a requested action', () => {
  it('pauses what runs, resumes what is paused, aborts both, and changes nothing else', () => {
    const [running, paused] = [begun(), begun({ status: 'paused' })];

    expect(onAction(running, 'pause', 5)).to.deep.equal({ ...running, status: 'paused' });
    expect(onAction(paused, 'pause', 5)).to.equal(undefined);
    expect(onAction(paused, 'resume', 5)).to.deep.equal({ ...paused, status: 'running' });
    expect(onAction(running, 'resume', 5)).to.equal(undefined);
    for (const state of [running, paused])
      expect(onAction(state, 'abort', 5)).to.deep.equal({ ...state, status: 'aborted', finishedAt: 5 });
    for (const status of ['done', 'aborted'] as const)
      for (const action of ['pause', 'resume', 'abort'] as const)
        expect(onAction(begun({ status }), action, 5)).to.equal(undefined);
  });
});

describe('a step of a sweep', () => {
  it('adds up counts, moves the cursor, and estimates the end from the rate so far', () => {
    const state = begun({ expected: 100, progress: { ...NO_PROGRESS, listed: 10, proved: 5 } });

    const next = onStep(state, { progress: { listed: 10, gone: 2 }, next: 'a/k' }, 3_000);

    expect(next.progress).to.deep.equal({ ...NO_PROGRESS, listed: 20, proved: 5, gone: 2 });
    // Twenty took two seconds, and eighty are left.
    expect(next).to.include({
      cursor: 'a/k',
      pass: 'objects',
      updatedAt: 3_000,
      etaAt: 11_000,
      status: 'running',
    });
  });

  it('estimates no end without a basis', () => {
    const etaOf = (changes: Partial<SweepState>, listed = 10) =>
      onStep(begun({ expected: 100, ...changes }), { progress: { listed }, next: 'a/k' }, 3_000).etaAt;

    expect(etaOf({})).to.equal(21_000);
    expect(etaOf({ expected: null })).to.equal(null);
    expect(etaOf({ pass: 'stuck' })).to.equal(null);
    expect(etaOf({ status: 'paused' })).to.equal(null);
    expect(etaOf({}, 0)).to.equal(null);
    expect(etaOf({}, 150), 'more than expected: now').to.equal(3_000);
  });

  it('can continue only at a name and in one of its passes', () => {
    expect(isWithinScope(begun({ cursor: 'a/k' }))).to.equal(true);
    expect(isWithinScope(begun({ cursor: 'b/k' }))).to.equal(false);
    expect(isWithinScope(begun({ cursor: 'a/k', pass: 'deferred' }))).to.equal(false);
  });

  it('continues with the next pass from the first name, and ends after the last', () => {
    const second = onStep(begun({ cursor: 'a/z' }), { progress: {} }, 2_000);
    const end = onStep(second, { progress: {} }, 3_000);

    expect(second).to.include({ pass: 'stuck', cursor: 'a/', status: 'running', etaAt: null });
    expect(end).to.deep.include({ status: 'done', lease: null, finishedAt: 3_000, etaAt: null });
  });
});

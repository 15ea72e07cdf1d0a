import { isOver, isSurging, onUse, type Surge } from '@hangtag/shared/domain/surge.js';
import { expect } from 'chai';

const POLICY = { burst: 4, perSecond: 2 };

/** @returns the surge after uploads at these times */
function surgeAfter(...timesMs: readonly number[]): Surge {
  return (
    timesMs.reduce<Surge | undefined>(
      (before, atMs) => onUse(before, { amount: 1, atMs: atMs }, POLICY),
      undefined,
    ) ?? {
      level: Number.NaN,
      atMs: Number.NaN,
    }
  );
}

const atOnce = (count: number, atMs = 1_000) => surgeAfter(...Array.from({ length: count }, () => atMs));

describe('a surge of one tenant', () => {
  it('begins with the upload after a burst', () => {
    expect(isSurging(atOnce(4), POLICY)).to.equal(false);
    expect(isSurging(atOnce(5), POLICY)).to.equal(true);
  });

  it('never begins with uploads at the rate', () => {
    const steady = Array.from({ length: 100 }, (_, index) => 1_000 + index * 500);

    expect(surgeAfter(...steady)).to.deep.equal({ level: 1, atMs: 50_500 });
  });

  it('begins at last with uploads a little above the rate', () => {
    const hasty = Array.from({ length: 100 }, (_, index) => 1_000 + index * 400);

    expect(isSurging(surgeAfter(...hasty), POLICY)).to.equal(true);
  });

  it('continues while uploads come faster than the rate', () => {
    const surge = onUse(atOnce(5), { amount: 1, atMs: 1_499 }, POLICY);

    expect(isSurging(surge, POLICY)).to.equal(true);
  });

  it('is over after the time of one burst at the rate, for any size', () => {
    const huge = atOnce(10_000);

    expect(huge).to.deep.equal({ level: 8, atMs: 1_000 });
    expect(isSurging(onUse(huge, { amount: 1, atMs: 3_499 }, POLICY), POLICY)).to.equal(true);
    expect(isSurging(onUse(huge, { amount: 1, atMs: 3_500 }, POLICY), POLICY)).to.equal(false);
  });

  it('is forgotten once its level is 0', () => {
    const surge = atOnce(4);

    expect(isOver(surge, 2_999, POLICY)).to.equal(false);
    expect(isOver(surge, 3_000, POLICY)).to.equal(true);
    expect(onUse(surge, { amount: 1, atMs: 60_000 }, POLICY).level).to.equal(1);
  });

  it('counts an upload whose event is late, and lets no time pass twice for it', () => {
    expect(onUse(atOnce(2), { amount: 1, atMs: 0 }, POLICY)).to.deep.equal({ level: 3, atMs: 1_000 });
  });

  it('begins with one use that is larger than the burst', () => {
    const [small, large] = [4, 5].map((amount) => onUse(undefined, { amount, atMs: 1_000 }, POLICY));

    expect(small && isSurging(small, POLICY)).to.equal(false);
    expect(large && isSurging(large, POLICY)).to.equal(true);
  });

  it('is at most twice the burst after one use of any size', () => {
    expect(onUse(undefined, { amount: 1_000, atMs: 1_000 }, POLICY)).to.deep.equal({ level: 8, atMs: 1_000 });
  });

  it('is looked up by a use of nothing, which lets time pass', () => {
    expect(onUse(atOnce(4), { amount: 0, atMs: 1_500 }, POLICY)).to.deep.equal({ level: 3, atMs: 1_500 });
  });
});

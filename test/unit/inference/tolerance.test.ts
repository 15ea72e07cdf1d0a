import { NUDGES, toleranceOf } from '@hangtag/shared/inference/tolerance.js';
import { expect } from 'chai';

describe('The tolerance of golden outputs', () => {
  const pictures = (score: number, labels: number) =>
    Array.from({ length: 8 }, () => Array(labels).fill(score));

  it('is three times the largest change, of 10,000 labels too', () => {
    const nudged = NUDGES.map(() => pictures(0, 10_000));
    const [, second] = nudged;
    second?.[5]?.fill(-0.5, 9_999);

    expect(toleranceOf(pictures(0, 10_000), nudged)).to.equal(1.5);
  });

  it('is at least a thousandth, and NaN if an output is not a number', () => {
    expect(toleranceOf(pictures(0, 2), [pictures(0.0001, 2)])).to.equal(0.001);
    expect(toleranceOf(pictures(0, 2), [pictures(Number.NaN, 2)])).to.be.NaN;
  });
});

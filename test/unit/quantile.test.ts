import { quantile } from '@hangtag/shared/quantile.js';
import { expect } from 'chai';

describe('quantile', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

  for (const [share, expected] of [
    [0, 1],
    [0.5, 50],
    [0.99, 99],
    [1, 100],
  ] as const) {
    it(`of 1 to 100 at ${share} is ${expected}`, () => {
      expect(quantile(hundred, share)).to.equal(expected);
    });
  }

  it('of no values is not a number', () => {
    expect(quantile([], 0.5)).to.be.NaN;
  });
});

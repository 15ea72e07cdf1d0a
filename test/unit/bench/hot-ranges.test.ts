import { createHash } from 'node:crypto';
import { hottestShare } from '@hangtag/bench/hot-ranges.js';
import { expect } from 'chai';

const COUNT = 20_000;
const rising = Array.from({ length: COUNT }, (_, index) => String(index).padStart(9, '0'));
const random = rising.map((entry) => createHash('sha256').update(entry).digest('hex'));

describe('The busiest range of an index', () => {
  it('gets everything if values only increase', () => {
    expect(hottestShare(rising)).to.equal(1);
  });

  it('gets half if increasing values follow one of two others', () => {
    expect(hottestShare(rising.map((entry, index) => `${index % 2}/${entry}`))).to.be.closeTo(0.5, 0.01);
  });

  it('gets little more than its share if values are evenly distributed', () => {
    expect(hottestShare(random)).to.be.within(1 / 256, 2.5 / 256);
  });
});

import { compare } from '@hangtag/bench/comparison.js';
import {
  type Figure,
  figuresOf,
  figuresOfTwice,
  type Measurement,
  SHARE_REACHED,
} from '@hangtag/bench/figure.js';
import { comparisonText, figuresText } from '@hangtag/bench/figures-text.js';
import { expect } from 'chai';

function measurement(name: string, ...values: readonly number[]): Measurement {
  return { name, unit: 'ms', values };
}

function figure(name: string, median: number, ratio?: number): Figure {
  const base = { name, unit: 'ms', min: median, median, max: median, runs: 1 };
  return ratio === undefined ? base : { ...base, ratioTo: 'limit', ratio };
}

describe('Figures of a benchmark', () => {
  it('contain minimum, median and maximum of all runs, in any order', () => {
    expect(figuresOf([measurement('a', 3, 1, 2)])).to.deep.equal([
      { name: 'a', unit: 'ms', min: 1, median: 2, max: 3, runs: 3 },
    ]);
  });

  it('have the mean of the middle two for an even number of runs', () => {
    expect(figuresOf([measurement('a', 10, 1, 2, 4)])[0]?.median).to.equal(3);
  });

  it('combine equal names of several benchmarks as runs of one quantity', () => {
    const [figure, ...others] = figuresOf([measurement('a', 1), measurement('a', 3, 5)]);

    expect(figure).to.include({ min: 1, median: 3, max: 5, runs: 3 });
    expect(others).to.deep.equal([]);
  });

  it('have a ratio to another quantity of the same run, in any order', () => {
    const [rate] = figuresOf([{ ...measurement('rate', 60), ratioTo: 'limit' }, measurement('limit', 120)]);

    expect(rate).to.include({ ratioTo: 'limit', ratio: 0.5 });
  });

  it('have no ratio if the other quantity was not measured', () => {
    const [rate] = figuresOf([{ ...measurement('rate', 60), ratioTo: 'limit' }]);

    expect(rate?.ratioTo).to.equal('limit');
    expect(rate).not.to.have.property('ratio');
  });

  for (const values of [[], [Number.NaN], [1, Number.POSITIVE_INFINITY]]) {
    it(`cannot be made from [${values}], and the error names the quantity`, () => {
      expect(() => figuresOf([measurement('a', ...values)])).to.throw(RangeError, 'finite values for a');
    });
  }

  it('print as a table with all names', () => {
    const text = figuresText([figure('a.p50_ms', 12.5, 0.25)]);

    expect(text).to.contain('a.p50_ms').and.contain('12.5').and.contain('0.25 of limit');
  });
});

describe('Two runs of one build', () => {
  it('give the median of all runs, and the difference between them as noise', () => {
    const [figure] = figuresOfTwice([measurement('a', 9, 9)], [measurement('a', 11, 11)]);

    expect(figure).to.include({ median: 10, runs: 4, noise: 0.2 });
  });
});

describe('A comparison with a file', () => {
  const worse = (unit: string, median: number, noise?: number) => {
    const before: Figure = { ...figure('a', 100), unit, ...(noise !== undefined && { noise }) };
    return compare([before], [{ ...figure('a', median), unit }]).changes[0]?.isWorse;
  };

  it('names what is worse by more than its noise: higher times, lower rates', () => {
    expect([worse('ms', 125), worse('images/s', 75)]).to.deep.equal([true, true]);
    expect([worse('ms', 75), worse('images/s', 125)]).to.deep.equal([false, false]);
    expect([worse('ms', 125, 0.3), worse('ms', 105)]).to.deep.equal([false, false]);
  });

  it('does not name a higher share of a limit, but a lower one', () => {
    expect([worse(SHARE_REACHED, 75), worse(SHARE_REACHED, 125)]).to.deep.equal([true, false]);
  });

  it('names a count of failures that was 0 before', () => {
    const isWorse = (unit: string, now: number) =>
      compare([{ ...figure('a', 0), unit }], [{ ...figure('a', now), unit }]).changes[0]?.isWorse;

    expect([isWorse('failed images', 3), isWorse('failed images', 0)]).to.deep.equal([true, false]);
    expect(isWorse('images', 3)).to.equal(false);
  });

  it('has the change of each median, and both ratios if there are two', () => {
    const { changes } = compare([figure('a', 10, 0.5)], [figure('a', 12, 0.6)]);

    expect(changes).to.have.lengthOf(1);
    expect(changes[0]).to.deep.include({
      name: 'a',
      before: 10,
      now: 12,
      ratios: { before: 0.5, now: 0.6 },
    });
    expect(changes[0]?.change).to.be.closeTo(0.2, 1e-9);
  });

  it('lists figures that only one of the two has', () => {
    const comparison = compare([figure('old', 1), figure('both', 1)], [figure('both', 1), figure('new', 1)]);

    expect(comparison).to.deep.include({ notMeasuredNow: ['old'], notInBaseline: ['new'] });
    expect(comparisonText(comparison))
      .to.contain('not measured now: old')
      .and.contain('not in the file: new');
  });

  it('has no change if the baseline is 0', () => {
    expect(compare([figure('a', 0)], [figure('a', 1)]).changes[0]?.change).to.equal(undefined);
  });
});

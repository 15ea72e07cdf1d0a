import { evaluate, expectedCalibrationError, type JudgedImage } from '@hangtag/shared/domain/evaluation.js';
import { expect } from 'chai';

const image = (truth: string, predicted: string, confidence = 0.9): JudgedImage => ({
  truth,
  predicted,
  confidence,
  tier: confidence >= 0.85 ? 'AUTO_PROCESS' : 'MANUAL_REVIEW',
});

describe('The figures of a model', () => {
  const figures = () =>
    evaluate([image('a', 'a'), image('a', 'a'), image('a', 'b', 0.5), image('b', 'b')], ['a', 'b', 'c']);

  it('contain the share of right answers', () => {
    expect(figures()).to.include({ n: 4, accuracy: 0.75 });
  });

  it('contain, for each class, the number of pictures, precision and recall', () => {
    expect(figures().perClass).to.deep.equal({
      a: { n: 3, precision: 1, recall: 2 / 3 },
      b: { n: 1, precision: 0.5, recall: 1 },
      c: { n: 0, precision: null, recall: null },
    });
  });

  it('contain the confusion of each class', () => {
    expect(figures().confusion).to.deep.equal({
      a: { a: 2, b: 1, c: 0 },
      b: { a: 0, b: 1, c: 0 },
      c: { a: 0, b: 0, c: 0 },
    });
  });

  it('contain, for each tier, coverage and precision', () => {
    expect(figures().tiers).to.deep.equal([
      { tier: 'AUTO_PROCESS', coverage: 0.75, precision: 1 },
      { tier: 'QUICK_REVIEW', coverage: 0, precision: null },
      { tier: 'MANUAL_REVIEW', coverage: 0.25, precision: 0 },
    ]);
  });

  it('are empty without pictures, without a division by zero', () => {
    const { accuracy, ece, tiers } = evaluate([], ['a']);
    expect({ accuracy, ece }).to.deep.equal({ accuracy: null, ece: null });
    for (const tier of tiers) expect(tier).to.include({ coverage: 0, precision: null });
  });
});

describe('The calibration error of a model', () => {
  it('is 0 if confidence equals accuracy', () => {
    const halfRight = [image('a', 'a', 0.5), image('a', 'b', 0.5)];
    expect(expectedCalibrationError(halfRight)).to.equal(0);
    expect(evaluate(halfRight, ['a', 'b']).ece).to.equal(0);
  });

  it('is the difference between confidence and accuracy, in both directions', () => {
    expect(expectedCalibrationError([image('a', 'b', 0.75)])).to.equal(0.75);
    expect(expectedCalibrationError([image('a', 'a', 0.75)])).to.equal(0.25);
  });

  it('is computed for each bin: errors of one bin do not compensate those of another', () => {
    const images = [image('a', 'b', 0.2), image('a', 'a', 0.8)];
    expect(expectedCalibrationError(images)).to.be.closeTo((0.2 + 0.2) / 2, 1e-12);
  });

  it('puts pictures less than a fifteenth apart into one bin, and those beyond its edge into the next', () => {
    const [low, high] = [1 / 15 + 0.001, 2 / 15 - 0.001];
    const oneBin = [image('a', 'b', low), image('a', 'a', high)];
    expect(expectedCalibrationError(oneBin)).to.be.closeTo((1 - low - high) / 2, 1e-12);

    const twoBins = [image('a', 'b', 2 / 15 - 0.001), image('a', 'a', 2 / 15 + 0.001)];
    expect(expectedCalibrationError(twoBins)).to.be.closeTo((2 / 15 - 0.001 + 1 - 2 / 15 - 0.001) / 2, 1e-12);
  });

  it('counts full confidence in the last bin', () => {
    expect(expectedCalibrationError([image('a', 'b', 1)])).to.equal(1);
    expect(expectedCalibrationError([image('a', 'b', 1), image('a', 'a', 0.99)])).to.be.closeTo(0.495, 1e-12);
  });
});

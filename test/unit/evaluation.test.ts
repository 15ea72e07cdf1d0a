import { evaluate, expectedCalibrationError, type JudgedImage } from '@hangtag/shared/domain/evaluation.js';
import { expect } from 'chai';

function judged(
  truth: string,
  predicted: string,
  confidence: number,
  tier: JudgedImage['tier'],
): JudgedImage {
  return { truth, predicted, confidence, tier };
}

const IMAGES = [
  judged('a', 'a', 0.9, 'AUTO_PROCESS'),
  judged('a', 'b', 0.75, 'QUICK_REVIEW'),
  judged('b', 'b', 0.95, 'AUTO_PROCESS'),
  judged('b', 'b', 0.9, 'AUTO_PROCESS'),
];

describe('evaluating a model', () => {
  it('counts what is right, by class and by confusion', () => {
    const { n, accuracy, perClass, confusion } = evaluate(IMAGES, ['a', 'b', 'c']);

    expect({ n, accuracy }).to.deep.equal({ n: 4, accuracy: 0.75 });
    expect(perClass).to.deep.equal({
      a: { n: 2, precision: 1, recall: 0.5 },
      b: { n: 2, precision: 2 / 3, recall: 1 },
      c: { n: 0, precision: null, recall: null },
    });
    expect(confusion).to.deep.equal({
      a: { a: 1, b: 1, c: 0 },
      b: { a: 0, b: 2, c: 0 },
      c: { a: 0, b: 0, c: 0 },
    });
  });

  it('tells how much each tier takes in, and how far it can be trusted', () => {
    expect(evaluate(IMAGES, ['a', 'b']).tiers).to.deep.equal([
      { tier: 'AUTO_PROCESS', coverage: 0.75, precision: 1 },
      { tier: 'QUICK_REVIEW', coverage: 0.25, precision: 0 },
      { tier: 'MANUAL_REVIEW', coverage: 0, precision: null },
    ]);
  });

  it('weighs the gap between confidence and accuracy bin by bin', () => {
    // 0.9 and 0.9 share a bin of fifteen, 0.95 has the last, 0.75 another.
    const expected = (Math.abs(1.8 - 2) + Math.abs(0.95 - 1) + 0.75) / 4;

    expect(expectedCalibrationError(IMAGES)).to.be.closeTo(expected, 1e-12);
  });

  it('puts a confidence of 1 into the last bin, and one at an edge into the upper', () => {
    const sure = [judged('a', 'a', 1, 'AUTO_PROCESS'), judged('a', 'b', 0.95, 'AUTO_PROCESS')];
    const apart = [judged('a', 'a', 0.2, 'MANUAL_REVIEW'), judged('a', 'b', 0.19, 'MANUAL_REVIEW')];

    expect(expectedCalibrationError(sure)).to.be.closeTo(0.95 / 2, 1e-12);
    expect(expectedCalibrationError(apart)).to.be.closeTo((0.8 + 0.19) / 2, 1e-12);
  });

  it('says nothing of no pictures', () => {
    const { n, accuracy, ece } = evaluate([], ['a']);

    expect({ n, accuracy, ece }).to.deep.equal({ n: 0, accuracy: null, ece: null });
  });
});

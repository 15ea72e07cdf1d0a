import {
  atMostProbability,
  checkGuarantees,
  type GuaranteedThreshold,
  guaranteedThreshold,
  guaranteesOf,
  type MeasuredImage,
} from '@hangtag/shared/domain/precision-guarantee.js';
import { expect } from 'chai';

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Pictures of a model whose labels are right as often as `accuracyAt` says. */
function pictures(
  n: number,
  accuracyAt: (confidence: number) => number,
  random: () => number,
): MeasuredImage[] {
  return Array.from({ length: n }, () => {
    const confidence = 0.5 + random() / 2;
    return { background: 'white', confidence, isRight: random() < accuracyAt(confidence) };
  });
}

function band(confidence: number, n: number, isRight: boolean): MeasuredImage[] {
  return Array.from({ length: n }, () => ({ background: 'white', confidence, isRight }));
}

describe('The precision that a model guarantees', () => {
  it('is computed with the exact binomial distribution', () => {
    expect(atMostProbability(0, { n: 59, p: 0.05 })).to.be.closeTo(0.95 ** 59, 1e-12);
    expect(atMostProbability(2, { n: 10, p: 0.3 })).to.be.closeTo(0.3827827864, 1e-9);
    expect(atMostProbability(10, { n: 10, p: 0.3 })).to.be.closeTo(1, 1e-12);
    expect(atMostProbability(2_000, { n: 20_000, p: 0.1 })).to.be.closeTo(0.506, 0.003);
  });

  it('needs 80 pictures without an error for 95 %, and 408 for 99 %', () => {
    const right = (n: number) =>
      Array.from(
        { length: n },
        (): MeasuredImage => ({ background: 'other', confidence: 0.99999, isRight: true }),
      );
    const precisions = (n: number) => guaranteesOf(right(n)).other.map(({ precision }) => precision);

    expect(precisions(79)).to.deep.equal([0.9]);
    expect(precisions(80)).to.deep.equal([0.9, 0.95]);
    expect(precisions(407)).not.to.include(0.99);
    expect(precisions(408)).to.include(0.99);
    expect(guaranteesOf(right(408)).white).to.deep.equal([]);
  });

  it('is missed by at most one threshold in twenty', () => {
    const random = randomNumbers(7);
    const accuracyAt = (confidence: number) => 1 - (1 - confidence) / 2;
    // The pictures from a confidence of t have a mean confidence of (1 + t) / 2.
    const precisionFrom = (threshold: number) => 1 - (1 - threshold) / 4;
    const runs = 200;
    let missed = 0;
    for (let run = 0; run < runs; run += 1) {
      const { white } = guaranteesOf(pictures(600, accuracyAt, random));
      const threshold = guaranteedThreshold(white, 0.95);
      if (threshold !== undefined && precisionFrom(threshold.confidence) < 0.95) missed += 1;
    }
    expect(missed / runs).to.be.below(0.08);
  });

  it('is shown by a part of the pictures where all of them have too many errors, and by all where a part is too small', () => {
    const thresholdOf = (images: readonly MeasuredImage[]) =>
      guaranteedThreshold(guaranteesOf(images).white, 0.95);

    expect(thresholdOf([...band(0.9, 100, true), ...band(0.8, 100, false)])).to.include({
      confidence: 0.9,
      n: 100,
    });
    expect(thresholdOf([...band(0.9, 60, true), ...band(0.8, 60, true)])).to.include({
      confidence: 0.8,
      n: 120,
    });
  });

  it('ends at the first threshold that fails, even if lower ones would pass', () => {
    const images = [...band(0.9, 500, true), ...band(0.8, 100, false), ...band(0.7, 9_000, true)];
    const kept = [...images.slice(0, 500), ...band(0.8, 15, false), ...band(0.7, 9_000, true)];

    expect(guaranteedThreshold(guaranteesOf(images.slice(0, 700)).white, 0.95)?.confidence).to.equal(0.9);
    expect(guaranteedThreshold(guaranteesOf(kept).white, 0.95)?.confidence).to.equal(0.7);
  });

  it('is the next higher one for a precision between two', () => {
    const rows: GuaranteedThreshold[] = [
      { precision: 0.95, confidence: 0.7, n: 100, wrong: 1 },
      { precision: 0.98, confidence: 0.9, n: 200, wrong: 1 },
    ];

    expect(guaranteedThreshold(rows, 0.96)?.confidence).to.equal(0.9);
    expect(guaranteedThreshold(rows, 0.99)).to.equal(undefined);
  });

  it('is not kept where other pictures have more errors than chance explains', () => {
    const guarantees = { white: [{ precision: 0.9, confidence: 0.8, n: 100, wrong: 2 }], other: [] };
    const images = (wrong: number) =>
      Array.from(
        { length: 100 },
        (_, at): MeasuredImage => ({ background: 'white', confidence: 0.9, isRight: at >= wrong }),
      );

    expect(checkGuarantees(guarantees, images(15)).white).to.deep.equal([
      { precision: 0.9, confidence: 0.8, n: 100, wrong: 15, isKept: true },
    ]);
    expect(checkGuarantees(guarantees, images(16)).white[0]?.isKept).to.equal(false);
    expect(checkGuarantees(guarantees, []).white[0]).to.include({ n: 0, isKept: true });
  });
});

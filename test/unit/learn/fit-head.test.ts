import { applyHead } from '@hangtag/shared/inference/head.js';
import type { Examples } from '@hangtag/shared/learning/examples.js';
import { balancedWeights, fitHead, type LinearMap, zeroMap } from '@hangtag/shared/learning/fit-head.js';
import { minimise } from '@hangtag/shared/learning/lbfgs.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { clouds } from '../../support/clouds.js';

const EXAMPLES = clouds({ labels: 4, each: 40, inputs: 24, spread: 0.4, seed: 7 });

function learn(examples: Examples, penalty: number, prior: LinearMap = zeroMap(4, 24)): LinearMap {
  return fitHead({ examples, weights: balancedWeights(examples.labels), prior, penalty });
}

function accuracy(head: LinearMap, { embeddings, labels, inputs }: Examples): number {
  const right = [...labels].filter((label, index) => {
    const scores = applyHead(
      { ...head, labels: [] },
      embeddings.subarray(index * inputs, (index + 1) * inputs),
    );
    return scores.indexOf(Math.max(...scores)) === label;
  });
  return right.length / labels.length;
}

function distance(one: LinearMap, other: LinearMap): number {
  return Math.hypot(...one.weights.map((weight, index) => weight - (other.weights[index] ?? 0)));
}

describe('minimise', () => {
  it('finds the lowest point of any quadratic bowl', () => {
    const curvatures = fc.array(fc.double({ min: 0.1, max: 50, noNaN: true }), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(curvatures, fc.integer(), (curvature, seed) => {
        const random = mulberry32(seed);
        const lowest = curvature.map(() => random() * 10 - 5);
        const found = minimise(
          (at, gradient) => {
            let value = 0;
            for (const [index, factor] of curvature.entries()) {
              const away = (at[index] ?? 0) - (lowest[index] ?? 0);
              gradient[index] = factor * away;
              value += (factor / 2) * away * away;
            }
            return value;
          },
          new Float64Array(curvature.length),
          { maxIterations: 200, tolerance: 0 },
        );
        for (const [index, value] of lowest.entries()) expect(found[index]).to.be.closeTo(value, 1e-3);
      }),
    );
  });
});

describe('A head is fitted', () => {
  it('so that it separates groups that can be separated', () => {
    expect(accuracy(learn(EXAMPLES, 1e-3), EXAMPLES)).to.equal(1);
  });

  it('to other examples of the same groups as well', () => {
    const others = clouds({ labels: 4, each: 40, inputs: 24, spread: 0.4, seed: 7, skip: 40 });
    expect(accuracy(learn(EXAMPLES, 1e-3), others)).to.be.at.least(0.95);
  });

  it('to the same bytes by the same examples', () => {
    expect(learn(EXAMPLES, 1e-3)).to.deep.equal(learn(EXAMPLES, 1e-3));
  });

  it('so that a higher penalty keeps it nearer to the weights it comes from', () => {
    const random = mulberry32(3);
    const prior = { ...zeroMap(4, 24), weights: Float32Array.from({ length: 96 }, () => random() - 0.5) };
    const [near, far] = [
      distance(learn(EXAMPLES, 100, prior), prior),
      distance(learn(EXAMPLES, 1e-4, prior), prior),
    ];
    expect(near).to.be.below(0.05);
    expect(far).to.be.above(near * 10);
  });

  it('to the same labels if all embeddings are moved and scaled', () => {
    const moved = { ...EXAMPLES, embeddings: EXAMPLES.embeddings.map((value) => value * 30 + 500) };
    expect(accuracy(learn(moved, 1e-3), moved)).to.equal(1);
  });

  it('with more weight for rare labels', () => {
    const [common, , , rare] = balancedWeights(Int32Array.of(0, 0, 0, 1));
    expect((rare ?? 0) / (common ?? 1)).to.be.closeTo(Math.sqrt(3), 1e-12);
  });
});

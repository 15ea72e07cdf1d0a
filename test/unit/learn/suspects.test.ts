import type { Examples } from '@hangtag/shared/learning/examples.js';
import { mulberry32 } from '@hangtag/shared/mulberry32.js';
import { suspectsOf } from '@hangtag/tools/learn/suspects.js';
import { expect } from 'chai';
import { clouds } from '../../support/clouds.js';

const LABELS = 5;
const RIGHT = clouds({ labels: LABELS, each: 60, inputs: 32, spread: 0.7, seed: 11 });

/** One label in twenty is replaced by another one. */
function planted(right: Examples): { readonly examples: Examples; readonly wrong: ReadonlySet<number> } {
  const random = mulberry32(3);
  const wrong = new Set([...right.labels.keys()].filter(() => random() < 0.05));
  const labels = right.labels.map((label, index) =>
    wrong.has(index) ? (label + 1 + Math.floor(random() * (LABELS - 1))) % LABELS : label,
  );
  return { examples: { ...right, labels }, wrong };
}

describe('Likely wrong labels', () => {
  const { examples, wrong } = planted(RIGHT);
  const suspects = suspectsOf(examples, LABELS);

  it('are those that were planted, with the label that is right', () => {
    const found = suspects.filter(({ index }) => wrong.has(index));

    expect(wrong.size).to.be.above(8);
    expect(found.length / wrong.size, 'recall').to.be.above(0.8);
    expect(found.length / suspects.length, 'precision').to.be.above(0.9);
    expect(found.map(({ label }) => label)).to.deep.equal(found.map(({ index }) => RIGHT.labels[index]));
  });

  it('begin with the most confident', () => {
    const confidences = suspects.map(({ confidence }) => confidence);

    expect(confidences).to.deep.equal(confidences.toSorted((a, b) => b - a));
  });

  it('are few among labels that are right', () => {
    expect(suspectsOf(RIGHT, LABELS)).to.have.length.below(5);
  });
});

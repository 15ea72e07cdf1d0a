import type { Background } from '@hangtag/shared/domain/precision-guarantee.js';
import { applyHead, headBytes } from '@hangtag/shared/inference/head.js';
import { choosePenalty, crossValidate } from '@hangtag/shared/learning/cross-validate.js';
import { type Examples, join, rowOf, select } from '@hangtag/shared/learning/examples.js';
import { zeroMap } from '@hangtag/shared/learning/fit-head.js';
import { groupDuplicates } from '@hangtag/shared/learning/group-duplicates.js';
import { knowledgeBytes, parseKnowledge } from '@hangtag/shared/learning/knowledge.js';
import { type Base, type Learned, learnHead } from '@hangtag/shared/learning/learn-head.js';
import { LessonError } from '@hangtag/shared/learning/lesson-error.js';
import { prototypesOf } from '@hangtag/shared/learning/prototypes.js';
import { expect } from 'chai';
import { clouds } from '../../support/clouds.js';

const SIX = clouds({ labels: 6, each: 40, inputs: 32, spread: 0.7, seed: 5 });
const LABELS = ['a', 'b', 'c', 'd', 'e', 'f'];

function withLabels(examples: Examples, from: number, to: number): Examples {
  const members = [...examples.labels.keys()].filter((at) => {
    const label = examples.labels[at] ?? 0;
    return label >= from && label < to;
  });
  const chosen = select(examples, members);
  return { ...chosen, labels: chosen.labels.map((label) => label - from) };
}

function baseFrom({ knowledge, temperature, rejection }: Learned): Base {
  return { knowledge, temperature, rejection };
}

describe('Duplicates', () => {
  it('are found among other examples, and the first names the group', () => {
    const twice = join(SIX, select(SIX, [7, 100]));
    const groups = groupDuplicates(twice);
    expect([groups[240], groups[241]]).to.deep.equal([7, 100]);
    expect(new Set(groups).size).to.equal(240);
  });

  it('are found where they differ a little', () => {
    const copy = select(SIX, [3]);
    const near = { ...copy, embeddings: copy.embeddings.map((value, at) => value + 0.01 * Math.sin(at)) };
    expect(groupDuplicates(join(SIX, near))[240]).to.equal(3);
  });

  it('are not on both sides of a test: noise that is repeated is not learned', () => {
    const noise = clouds({ labels: 1, each: 62, inputs: 64, spread: 1, seed: 9 });
    const mixed = { ...noise, labels: noise.labels.map((_, at) => at % 2) };
    const three = join(join(mixed, mixed), mixed);
    const groups = groupDuplicates(three);
    const empty = { inputs: 64, embeddings: new Float32Array(0), labels: new Int32Array(0) };
    const accuracyWith = (groupsUsed: Int32Array) => {
      const task = { examples: three, groups: groupsUsed, replay: empty, prior: zeroMap(2, 64) };
      const right = crossValidate(task, 0.001).filter(
        (scores, at) => scores.indexOf(Math.max(...scores)) === three.labels[at],
      );
      return right.length / 186;
    };
    expect(accuracyWith(groups)).to.be.below(0.65);
    // The control: without the groups, the test would be passed by memory.
    expect(accuracyWith(Int32Array.from(groups.keys()))).to.be.above(0.75);
  });
});

describe('A model is learned', () => {
  it('to the same bytes from the same examples', () => {
    const [one, other] = [
      learnHead({ examples: SIX, labels: LABELS }),
      learnHead({ examples: SIX, labels: LABELS }),
    ];
    expect(headBytes(one.head)).to.deep.equal(headBytes(other.head));
    expect(knowledgeBytes(one.knowledge)).to.deep.equal(knowledgeBytes(other.knowledge));
  });

  it('with the precision that its cross-validation supports, by background', () => {
    const backgrounds = [...SIX.labels].map((_, at): Background => (at % 3 === 0 ? 'other' : 'white'));
    const { guarantees } = learnHead({ examples: SIX, labels: LABELS, backgrounds });
    const without = learnHead({ examples: SIX, labels: LABELS }).guarantees;

    expect(guarantees.white.at(-1)).to.include({ precision: 0.97, wrong: 0 });
    expect(guarantees.white.at(-1)?.n).to.be.within(150, 160);
    expect(without.white).to.deep.equal([]);
    expect(without.other.at(-1)?.precision).to.equal(0.98);
  });

  it('with figures that hold for examples it has not seen', () => {
    const learned = learnHead({ examples: SIX, labels: LABELS });
    const others = clouds({ labels: 6, each: 40, inputs: 32, spread: 0.7, seed: 5, skip: 40 });
    const right = [...others.labels].filter((label, at) => {
      const scores = applyHead(learned.head, rowOf(others, at));
      return scores.indexOf(Math.max(...scores)) === label;
    });
    expect(learned.after.accuracy ?? 0).to.be.within(right.length / 240 - 0.08, right.length / 240 + 0.08);
    expect(learned.after.ece ?? 1).to.be.below(0.1);
    expect(learned.rejection.score).to.equal('energy');
  });

  it('without duplicates that contradict each other, which it names', () => {
    const contradicting = { ...select(SIX, [0]), labels: Int32Array.of(3) };
    const learned = learnHead({ examples: join(SIX, contradicting), labels: LABELS });
    expect(learned.contradictions).to.deep.equal([[0, 240]]);
    expect(learned.after.n).to.equal(239);
  });

  it('of nothing is refused where every example contradicts another one', () => {
    const [one, other] = [0, 3].map((label) => ({ ...select(SIX, [0]), labels: Int32Array.of(label) }));
    if (one === undefined || other === undefined) throw new Error('Expected two examples');
    expect(() => learnHead({ examples: join(one, other), labels: LABELS }))
      .to.throw(LessonError, 'all 2 contradict each other')
      .with.property('fault', 'contradicting');
  });

  it('with new labels after those of its base, and keeps the labels of which no example is given', () => {
    const base = learnHead({ examples: withLabels(SIX, 0, 4), labels: ['a', 'b', 'c', 'd'] });
    const learned = learnHead({ examples: withLabels(SIX, 4, 6), labels: ['e', 'f'], base: baseFrom(base) });
    const others = clouds({ labels: 6, each: 40, inputs: 32, spread: 0.7, seed: 5, skip: 40 });
    const accuracyOf = (from: number, to: number, { head }: Learned) => {
      const tested = [...others.labels.keys()].filter(
        (at) => (others.labels[at] ?? 0) >= from && (others.labels[at] ?? 0) < to,
      );
      const right = tested.filter((at) => {
        const scores = applyHead(head, rowOf(others, at));
        return scores.indexOf(Math.max(...scores)) === others.labels[at];
      });
      return right.length / tested.length;
    };
    expect(learned.head.labels).to.deep.equal(LABELS);
    expect(accuracyOf(0, 4, learned)).to.be.at.least(accuracyOf(0, 4, base) - 0.06);
    expect(accuracyOf(4, 6, learned)).to.be.above(0.7);
    expect(learned.before?.accuracy).to.equal(0);
  });

  it('with "none of them" as its last output where the base has one, and a threshold that is not lower', () => {
    const examples = withLabels(SIX, 0, 4);
    const head = { ...zeroMap(5, 32), labels: ['a', 'b', 'c', 'd'] };
    const base: Base = {
      knowledge: { head, prototypes: prototypesOf(examples) },
      temperature: 1,
      rejection: { score: 'extra-output', index: 4, threshold: 0.4 },
    };
    const learned = learnHead({ examples: withLabels(SIX, 3, 6), labels: ['d', 'e', 'f'], base });
    expect(learned.head.bias).to.have.length(7);
    expect(learned.rejection).to.deep.include({ score: 'extra-output', index: 6 });
    expect(learned.rejection.threshold).to.be.at.least(0.4);
  });

  it('with a penalty that is chosen by cross-validation', () => {
    const empty = { inputs: 32, embeddings: new Float32Array(0), labels: new Int32Array(0) };
    const task = { examples: SIX, groups: groupDuplicates(SIX), replay: empty, prior: zeroMap(6, 32) };
    expect(choosePenalty(task)).to.be.oneOf([0.3, 0.1, 0.03, 0.01, 0.003]);
  });
});

describe('Knowledge', () => {
  it('is written and read without a change', () => {
    const { knowledge } = learnHead({ examples: SIX, labels: LABELS });
    expect(parseKnowledge(knowledgeBytes(knowledge))).to.deep.equal(knowledge);
  });

  it('has prototypes of each label, and no example as it was', () => {
    const prototypes = prototypesOf(SIX);
    const rows = new Set([...SIX.labels.keys()].map((at) => rowOf(SIX, at).join()));
    const copies = [...prototypes.labels.keys()].filter((at) => rows.has(rowOf(prototypes, at).join()));
    expect(new Set(prototypes.labels)).to.deep.equal(new Set([0, 1, 2, 3, 4, 5]));
    expect(copies).to.deep.equal([]);
  });
});

import { isUnknown, rankLabels, type ScoreRule, softmax } from '@hangtag/shared/domain/scores.js';
import { expect } from 'chai';
import fc from 'fast-check';

const RULE: ScoreRule = { labels: ['a', 'b', 'c'], kind: 'logits', temperature: 1, rejection: null };

const logits = fc.array(fc.double({ min: -30, max: 30, noNaN: true }), { minLength: 2, maxLength: 12 });

describe('scores', () => {
  it('are probabilities of the labels, highest first', () => {
    const ranking = rankLabels([0, Math.log(3), Math.log(6)], RULE);

    expect(ranking.map(({ label }) => label)).to.deep.equal(['c', 'b', 'a']);
    expect(ranking.map(({ score }) => score.toFixed(6))).to.deep.equal(['0.600000', '0.300000', '0.100000']);
  });

  it('ignore outputs after those of the labels', () => {
    expect(rankLabels([1, 2, 3, 50], RULE)).to.deep.equal(rankLabels([1, 2, 3], RULE));
  });

  it('keep the order of labels with equal scores', () => {
    expect(rankLabels([1, 1, 1], RULE).map(({ label }) => label)).to.deep.equal(['a', 'b', 'c']);
  });

  it('have a lower confidence at a higher temperature', () => {
    const [cool] = rankLabels([0, 1, 4], { ...RULE, temperature: 1 });
    const [warm] = rankLabels([0, 1, 4], { ...RULE, temperature: 2 });

    expect(cool?.score).to.be.closeTo(Math.exp(4) / (1 + Math.E + Math.exp(4)), 1e-12);
    expect(warm?.score).to.be.closeTo(Math.exp(2) / (1 + Math.exp(0.5) + Math.exp(2)), 1e-12);
  });

  describe('with a curve for each label', () => {
    const curves = { scale: [1, 0.5, 1], shift: [0, 0, 40] };
    const rule: ScoreRule = {
      ...RULE,
      kind: 'probabilities',
      topLabel: { white: curves, other: { ...curves, shift: [-1, -3, 0] } },
    };
    const scoresOf = (outputs: readonly number[], background: 'white' | 'other') =>
      rankLabels(outputs, rule, background).map(({ label, score }) => [label, Number(score.toFixed(4))]);

    it('have the probability of the best label corrected by its own curve, and share the rest in proportion', () => {
      // The logit of 0.8 is log(4). Half of it is log(2): two to one.
      expect(scoresOf([0.15, 0.8, 0.05], 'white')).to.deep.equal([
        ['b', 0.6667],
        ['a', 0.25],
        ['c', 0.0833],
      ]);
      expect(scoresOf([0.8, 0.15, 0.05], 'white')[0]).to.deep.equal(['a', 0.8]);
      expect(scoresOf([0.8, 0.15, 0.05], 'other')[0]).to.deep.equal(['a', 0.5954]);
    });

    it('keep the best label first where its curve is lower than the second label', () => {
      expect(scoresOf([0.4, 0.5, 0.1], 'other')).to.deep.equal([
        ['b', 0.4444],
        ['a', 0.4444],
        ['c', 0.1111],
      ]);
    });

    it('keep the best label and add up to 1 for all outputs', () => {
      fc.assert(
        fc.property(
          fc.array(fc.double({ min: -40, max: 40, noNaN: true }), { minLength: 3, maxLength: 3 }),
          (outputs) => {
            const before = rankLabels(outputs, { ...rule, kind: 'logits', topLabel: undefined });
            const after = rankLabels(outputs, { ...rule, kind: 'logits' }, 'other');
            expect(after[0]?.label).to.equal(before[0]?.label);
            expect(after.reduce((sum, { score }) => sum + score, 0)).to.be.closeTo(1, 1e-9);
          },
        ),
      );
    });
  });

  it('are the outputs themselves if the network gives probabilities and the temperature is 1', () => {
    const ranking = rankLabels([0.2, 0.5, 0.3], { ...RULE, kind: 'probabilities' });

    expect(ranking.map(({ score }) => Number(score.toFixed(9)))).to.deep.equal([0.5, 0.3, 0.2]);
  });

  it('stay finite if a probability is 0', () => {
    const ranking = rankLabels([0, 1, 0], { ...RULE, kind: 'probabilities' });

    expect(ranking[0]?.label).to.equal('b');
    expect(ranking[0]?.score).to.be.closeTo(1, 1e-11);
    expect(ranking[2]?.score).to.be.closeTo(1e-12, 1e-15);
  });

  it('sum to 1 for all outputs and temperatures', () => {
    fc.assert(
      fc.property(logits, fc.double({ min: 0.05, max: 20, noNaN: true }), (outputs, temperature) => {
        const sum = softmax(outputs, temperature).reduce((total, value) => total + value, 0);
        expect(sum).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it('do not change when the same number is added to every logit', () => {
    const raised = softmax([1001, 1002, 1003], 1);

    for (const [index, value] of softmax([1, 2, 3], 1).entries())
      expect(raised[index]).to.be.closeTo(value, 1e-12);
  });

  it('stay finite for any distance between logits', () => {
    expect(softmax([-1000, 1000], 1)).to.deep.equal([0, 1]);
  });
});

describe('the decision "none of the labels"', () => {
  it('is never made by a model without a rejection rule', () => {
    expect(isUnknown([0, 0, 0, 100], RULE)).to.equal(false);
  });

  it('by an extra output: its share of all outputs is above the threshold, at any temperature', () => {
    const rule = (threshold: number): ScoreRule => ({
      ...RULE,
      temperature: 7,
      rejection: { score: 'extra-output', index: 3, threshold },
    });
    const quarter = [0, 0, 0, 0];

    expect(isUnknown(quarter, rule(0.25))).to.equal(false);
    expect(isUnknown(quarter, rule(0.2499))).to.equal(true);
  });

  it('by energy: low logits in total', () => {
    const rule: ScoreRule = { ...RULE, rejection: { score: 'energy', threshold: -2 } };

    expect(isUnknown([Math.log(2), Math.log(3), Math.log(3), 9], rule), 'energy -ln 8').to.equal(false);
    expect(isUnknown([0, 0, 0, 9], rule), 'energy -ln 3').to.equal(true);
    const atThreshold = { ...rule, rejection: { score: 'energy' as const, threshold: -Math.log(3) } };
    expect(isUnknown([0, 0, 0, 9], atThreshold)).to.equal(false);

    const huge = { ...rule, rejection: { score: 'energy' as const, threshold: -1001 } };
    expect(isUnknown([1000, 0, 0], huge), 'where an exponential would overflow').to.equal(true);
  });

  it('by the largest calibrated probability', () => {
    const rule = (temperature: number): ScoreRule => ({
      ...RULE,
      temperature,
      rejection: { score: 'max-probability', threshold: 0.5 },
    });

    expect(isUnknown([0, 0, Math.log(2)], rule(1)), 'exactly a half').to.equal(false);
    expect(isUnknown([0, 0, Math.log(2)], rule(2))).to.equal(true);
    expect(isUnknown([0, 0, 3, 3], rule(1)), 'outputs behind the labels do not count').to.equal(false);
  });
});

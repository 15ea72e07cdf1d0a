import { DEFAULT_VERDICT_POLICY, judge, tierOf } from '@hangtag/shared/domain/verdict.js';
import { expect } from 'chai';

const policy = { autoProcessAt: 0.85, quickReviewAt: 0.7, topK: 2, minScore: 0.05 };
const scores = (...values: number[]) => values.map((score, index) => ({ label: `label-${index}`, score }));

describe('The verdict on a picture', () => {
  it('is done if the best label has enough confidence', () => {
    const verdict = judge({ scores: scores(0.9, 0.1), unknown: false }, policy);

    expect(verdict).to.deep.equal({
      status: 'done',
      reason: null,
      category: 'label-0',
      confidence: 0.9,
      labels: scores(0.9, 0.1),
      tier: 'AUTO_PROCESS',
      damaged: false,
      typicality: null,
    });
  });

  it('keeps how usual the picture is', () => {
    expect(judge({ scores: scores(0.9), unknown: false, typicality: 0.25 }, policy)).to.include({
      typicality: 0.25,
    });
  });

  it('says that the file is damaged', () => {
    expect(judge({ scores: scores(0.9), unknown: false, damaged: true }, policy)).to.include({
      damaged: true,
    });
  });

  it('asks for a review if it has not, with the reason low-confidence', () => {
    expect(judge({ scores: scores(0.7), unknown: false }, policy)).to.include({
      status: 'review',
      reason: 'low-confidence',
      category: 'label-0',
      confidence: 0.7,
      tier: 'QUICK_REVIEW',
    });
  });

  it('asks for a careful review if the model knows none of its labels, at any confidence', () => {
    expect(judge({ scores: scores(0.99), unknown: true }, policy)).to.deep.include({
      status: 'review',
      reason: 'unknown-object',
      category: 'label-0',
      confidence: 0.99,
      labels: scores(0.99),
      tier: 'MANUAL_REVIEW',
    });
  });

  it('keeps the top labels above the minimum score', () => {
    const labelsOf = (...values: number[]) =>
      judge({ scores: scores(...values), unknown: false }, policy).labels;

    expect(labelsOf(0.8, 0.1, 0.1)).to.deep.equal(scores(0.8, 0.1));
    expect(labelsOf(0.95, 0.05)).to.deep.equal(scores(0.95, 0.05));
    expect(labelsOf(0.96, 0.04)).to.deep.equal(scores(0.96));
  });

  describe('for a tenant that asks for a precision', () => {
    const asking = { ...policy, autoPrecision: 0.98 };
    const guarantees = {
      white: [{ precision: 0.98, confidence: 0.6, n: 500, wrong: 2 }],
      other: [{ precision: 0.95, confidence: 0.9, n: 90, wrong: 1 }],
    };

    it('is done from the confidence that the model guarantees for the background', () => {
      const judged = { unknown: false, background: 'white' } as const;

      expect(judge({ ...judged, scores: scores(0.6) }, asking, guarantees).status).to.equal('done');
      expect(judge({ ...judged, scores: scores(0.59) }, asking, guarantees)).to.include({
        status: 'review',
        tier: 'MANUAL_REVIEW',
      });
    });

    it('is never done where the model guarantees less, or nothing', () => {
      const judged = { scores: scores(1), unknown: false, background: 'other' } as const;

      expect(judge(judged, asking, guarantees)).to.include({ status: 'review', tier: 'QUICK_REVIEW' });
      expect(judge({ ...judged, background: 'white' }, asking).status).to.equal('review');
      expect(judge(judged, policy, guarantees).status).to.equal('done');
    });
  });

  it('needs at least one score', () => {
    expect(() => judge({ scores: [], unknown: false }, policy)).to.throw(
      TypeError,
      'Expected at least one score but received none',
    );
  });

  const tiers = [
    [1, 'AUTO_PROCESS'],
    [0.85, 'AUTO_PROCESS'],
    [0.8499, 'QUICK_REVIEW'],
    [0.7, 'QUICK_REVIEW'],
    [0.6999, 'MANUAL_REVIEW'],
    [0, 'MANUAL_REVIEW'],
  ] as const;
  for (const [confidence, tier] of tiers) {
    it(`puts a confidence of ${confidence} into ${tier}`, () => {
      expect(tierOf(confidence, policy)).to.equal(tier);
    });
  }

  it('is by default automatic from 0.85 and quick to review from 0.70, and keeps three labels from 0.01', () => {
    expect(DEFAULT_VERDICT_POLICY).to.deep.equal({
      autoProcessAt: 0.85,
      quickReviewAt: 0.7,
      topK: 3,
      minScore: 0.01,
    });
  });
});

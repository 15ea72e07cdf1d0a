import {
  type DeliveredImage,
  deliveryFigures,
  NONE_OF_THE_LABELS,
} from '@hangtag/shared/domain/delivery-figures.js';
import { expect } from 'chai';

const image = (truth: string, verdict: DeliveredImage['verdict'], source = 'phone'): DeliveredImage => ({
  truth,
  source,
  verdict,
});
const done = (category: string) => ({ status: 'done', reason: null, category }) as const;
const review = (category: string, reason: 'unknown-object' | 'low-confidence') =>
  ({ status: 'review', reason, category }) as const;

describe('What a model delivers', () => {
  it('is right only if the picture is done: the best label of one in review does not count', () => {
    const figures = deliveryFigures([
      image('a', done('a')),
      image('a', done('b')),
      image('a', review('a', 'low-confidence')),
      image('a', review('a', 'unknown-object')),
    ]);

    expect(figures['phone']).to.deep.include({
      n: 4,
      right: 1 / 4,
      wrong: 1 / 4,
      review: { 'low-confidence': 1 / 4, 'unknown-object': 1 / 4 },
    });
  });

  it('is wrong for a picture of none of the labels that is done, whatever its label', () => {
    const figures = deliveryFigures([
      image(NONE_OF_THE_LABELS, done('a')),
      image(NONE_OF_THE_LABELS, review('a', 'unknown-object')),
    ]);

    expect(figures['phone']).to.deep.include({ n: 2, right: 0, wrong: 1 / 2, macroRight: null });
  });

  it('has the same weight for each label in the mean, and pictures of none of the labels left out of it', () => {
    const figures = deliveryFigures([
      ...[1, 2, 3].map(() => image('a', done('a'))),
      image('b', done('a')),
      image(NONE_OF_THE_LABELS, done('a')),
    ]);

    expect(figures['phone']?.macroRight).to.equal(1 / 2);
    expect(figures['phone']?.byLabel).to.deep.equal({
      [NONE_OF_THE_LABELS]: { n: 1, right: 0, wrong: 1, review: {} },
      a: { n: 3, right: 1, wrong: 0, review: {} },
      b: { n: 1, right: 0, wrong: 1, review: {} },
    });
  });

  it('is counted for each source apart', () => {
    const figures = deliveryFigures([image('a', done('a'), 'studio'), image('a', done('b'), 'phone')]);

    expect(Object.entries(figures).map(([source, { right }]) => [source, right])).to.deep.equal([
      ['phone', 0],
      ['studio', 1],
    ]);
  });

  it('is nothing without pictures', () => {
    expect(deliveryFigures([])).to.deep.equal({});
  });
});

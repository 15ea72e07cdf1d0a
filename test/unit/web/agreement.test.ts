import { reviewersOf } from '@hangtag/web/agreement.js';
import { expect } from 'chai';

const answer = (by: unknown, category: unknown, facts: object = {}) => ({
  ...{ by, category, expected: 'red', image: 'a', generation: '1' },
  ...facts,
});

describe('The agreement of reviewers', () => {
  it('is the share of their answers to controls that are the known ones, the lowest first', () => {
    const controls = [answer('ann', 'red'), answer('bob', 'red'), answer('bob', 'blue'), answer(7, 'red')];

    expect(reviewersOf([...controls, answer('ann', null), {}], [])).to.deep.equal([
      { by: 'bob', controls: { count: 2, share: 0.5 }, doubles: undefined },
      { by: 'ann', controls: { count: 1, share: 1 }, doubles: undefined },
    ]);
  });

  it('is the share of the images of two people to which both gave the same answer', () => {
    const same = [answer('ann', 'red'), answer('bob', 'red')];
    const different = [answer('ann', 'red', { image: 'b' }), answer('cleo', 'blue', { image: 'b' })];
    const waiting = [answer('bob', 'blue', { generation: '2' })];

    expect(reviewersOf([], [...same, ...different, ...waiting, {}])).to.deep.equal([
      { by: 'cleo', controls: undefined, doubles: { count: 1, share: 0 } },
      { by: 'ann', controls: undefined, doubles: { count: 2, share: 0.5 } },
      { by: 'bob', controls: undefined, doubles: { count: 1, share: 1 } },
    ]);
  });
});

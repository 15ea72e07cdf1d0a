import { cardOf } from '@hangtag/web/card.js';
import { expect } from 'chai';

describe("the figures of a model's card", () => {
  it('are a row for each set of pictures with an accuracy', () => {
    const figures = {
      shop: { n: 120, accuracy: 0.925, ece: 0.03, before: null },
      clothing: { accuracy: 0.8, 'atConfidence0.85': { coverage: 0.5 } },
      unknown: { auroc: 0.99 },
    };

    expect(cardOf('shop@2', { figures })).to.deep.equal({
      name: 'shop@2',
      rows: [
        { set: 'clothing', n: null, accuracy: 0.8, ece: null },
        { set: 'shop', n: 120, accuracy: 0.925, ece: 0.03 },
      ],
    });
  });

  it('are none in a document of another form', () => {
    for (const figures of [undefined, null, 7, 'text', [1], { shop: null }, { shop: { accuracy: '0.9' } }])
      expect(cardOf('shop@2', { figures }).rows).to.deep.equal([]);
  });
});

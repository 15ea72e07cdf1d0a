import { imageOf, inReviewOrder } from '@hangtag/web/image.js';
import { expect } from 'chai';
import fc from 'fast-check';

describe('an image on the page', () => {
  it('has what the record says, and the time from upload to label', () => {
    const image = imageOf('1', {
      name: 'a.jpg',
      generation: '7',
      status: 'review',
      reason: 'low-confidence',
      category: 'Tops',
      confidence: 0.6,
      labels: [{ label: 'Tops', score: 0.6 }],
      uploadedAt: { toMillis: () => 1_000 },
      labeledAt: { toMillis: () => 1_250 },
      model: { id: 'm', version: '1.2.1' },
    });

    expect(image).to.deep.include({
      name: 'a.jpg',
      status: 'review',
      category: 'Tops',
      isCorrected: false,
      latencyMs: 250,
      model: 'm 1.2.1',
    });
  });

  it('is reviewed before the least certain and the oldest ones if a model on trial is sure that it is something else', () => {
    const image = (id: string, confidence: number, uploadedAt: number, shadow?: object) =>
      imageOf(id, { confidence, uploadedAt, shadow });
    const disputed = image('disputed', 0.9, 3, { disputes: true });
    const images = [image('sure', 0.5, 1, { disputes: 'yes' }), image('unsure', 0.1, 2), disputed];

    const [byUncertainty, byAge] = (['uncertainty', 'age'] as const).map((by) =>
      images.toSorted(inReviewOrder(by)).map(({ id }) => id),
    );

    expect(byUncertainty).to.deep.equal(['disputed', 'unsure', 'sure']);
    expect(byAge).to.deep.equal(['disputed', 'sure', 'unsure']);
  });

  it('has the label of a person if there is one', () => {
    const image = imageOf('1', { category: 'Tops', correction: { category: 'Shirts' } });

    expect(image).to.include({ category: 'Shirts', isCorrected: true });
  });

  it('has the label of the model if a person corrected the picture before it', () => {
    const correction = { category: 'Shirts', generation: '1' };
    const image = imageOf('1', { category: 'Tops', generation: '2', correction });

    expect(image).to.include({ category: 'Tops', isCorrected: false });
  });

  it('has the colours of the palette for CSS, without what cannot be read', () => {
    const blue = { name: 'dark blue', share: 0.6, lightness: 0.3, chroma: 0.1, hue: 252 };
    const { palette } = imageOf('1', { palette: [blue, { ...blue, hue: 'none' }, null] });

    expect(palette).to.deep.equal([{ name: 'dark blue', share: 0.6, colour: 'oklch(0.3 0.1 252)' }]);
  });

  it('has the opinion of a vision model on this picture, and of no other', () => {
    const opinion = { category: null, by: 'gemini', generation: '1' };

    expect(imageOf('1', { generation: '1', opinion }).opinion).to.deep.equal({
      category: null,
      by: 'gemini',
    });
    expect(imageOf('1', { generation: '2', opinion }).opinion).to.equal(null);
  });

  it('is shown whatever the record holds', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...FIELDS), fc.anything()), (data) => {
        const image = imageOf('id', data);
        expect(image.name).to.be.a('string').and.not.equal('');
        expect(image.labels).to.be.an('array');
        expect(image.confidence === null || (image.confidence >= 0 && image.confidence <= 1)).to.equal(true);
      }),
    );
  });
});

const FIELDS = [
  'name',
  'generation',
  'status',
  'category',
  'confidence',
  'labels',
  'correction',
  'opinion',
  'palette',
  'heat',
  'model',
  'uploadedAt',
];

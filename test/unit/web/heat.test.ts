import { shadeOf } from '@hangtag/web/heat.js';
import { imageOf } from '@hangtag/web/image.js';
import { expect } from 'chai';

describe('A heat map on the page', () => {
  it('leaves what speaks for the label as it is, and makes the rest dark', () => {
    const shade = shadeOf({ width: 3, height: 1, values: [1, 0.5, 0] });

    expect([...shade]).to.deep.equal([...[0, 0, 0, 0], ...[0, 0, 0, 95], ...[0, 0, 0, 190]]);
  });

  it('is read from the record', () => {
    const heat = { width: 2, height: 1, values: [1, 0] };

    expect(imageOf('1', { heat }).heat).to.deep.equal(heat);
    expect(imageOf('1', {}).heat).to.equal(null);
  });

  for (const [name, heat] of Object.entries({
    null: null,
    'a text': 'warm',
    'too few values': { width: 2, height: 2, values: [1, 0] },
    'a value of another type': { width: 2, height: 1, values: [1, 'x'] },
    'half a column': { width: 0.5, height: 2, values: [1] },
    'no row': { width: 2, height: 0, values: [] },
    'rows below zero': { width: -1, height: -1, values: [1] },
  }))
    it(`is left out if the record has ${name}`, () => {
      expect(imageOf('1', { heat }).heat).to.equal(null);
    });
});

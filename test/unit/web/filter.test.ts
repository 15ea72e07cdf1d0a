import { isMatch, parseFilter, queryOf, selectionsOf, windowOf } from '@hangtag/web/filter.js';
import { imageOf } from '@hangtag/web/image.js';
import { expect } from 'chai';

describe('the filter of the wall', () => {
  it('is the same after it was written into an address', () => {
    const filter = {
      status: 'review',
      category: 'T-shirt/top & more',
      tier: 'QUICK_REVIEW',
      day: '2026-11-20',
      owner: 'desk 7',
      colour: 'blue',
      text: 'red #1',
    } as const;

    expect(parseFilter(queryOf(filter))).to.deep.equal(filter);
  });

  it('leaves out what is not valid', () => {
    const filter = parseFilter('status=lost&tier=NONE&day=yesterday&owner=&colour=loud');

    expect(Object.values(filter).filter((value) => value !== undefined)).to.deep.equal([]);
    expect(queryOf(filter)).to.equal('');
  });

  it('is one query, whose conditions are those that are set', () => {
    const day = '2026-11-20';
    const { from, to } = windowOf(day);

    expect(selectionsOf({}, 1)).to.deep.equal([[]]);
    expect(
      selectionsOf({ status: 'review', colour: 'blue', category: 'Tops', day, text: 'a' }, 1),
    ).to.deep.equal([
      [
        [['status', '==', 'review']],
        [['colours', 'array-contains', 'blue']],
        [
          ['category', '==', 'Tops'],
          ['correction.category', '==', 'Tops'],
        ],
        [['uploadedAt', '>=', new Date(from)]],
        [['uploadedAt', '<', new Date(to)]],
      ],
    ]);
  });

  it('has a day from midnight to midnight of this time zone', () => {
    const { from, to } = windowOf('2026-11-20');

    expect(new Date(from).getHours()).to.equal(0);
    expect(new Date(to).getDate()).to.equal(21);
  });

  it('does not show an image whose category a person has replaced', () => {
    const corrected = imageOf('1', { name: 'a.jpg', category: 'Tops', correction: { category: 'Heels' } });

    expect(isMatch(corrected, { category: 'Tops' })).to.equal(false);
    expect(isMatch(corrected, { category: 'Heels', text: 'A.JPG heels' })).to.equal(true);
    expect(isMatch(corrected, { category: 'Heels', text: 'heels tops' })).to.equal(false);
  });
});

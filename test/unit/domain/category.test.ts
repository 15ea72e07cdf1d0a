import { isCategory, MAX_CATEGORY_LENGTH } from '@hangtag/shared/domain/category.js';
import { expect } from 'chai';
import { GOOD_CATEGORIES, UNSAFE_CATEGORIES } from '../../fixtures/categories.js';

describe('A category', () => {
  for (const text of GOOD_CATEGORIES) {
    it(`may be ${JSON.stringify(text)}`, () => {
      expect(isCategory(text)).to.equal(true);
    });
  }

  for (const text of UNSAFE_CATEGORIES) {
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(isCategory(text)).to.equal(false);
    });
  }

  it('has at most 100 characters', () => {
    expect(MAX_CATEGORY_LENGTH).to.equal(100);
    expect(isCategory('x'.repeat(100))).to.equal(true);
    expect(isCategory('x'.repeat(101))).to.equal(false);
  });
});

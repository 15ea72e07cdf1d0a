import { compareGenerations, parseGeneration } from '@hangtag/shared/domain/generation.js';
import { expect } from 'chai';
import { generation } from '../../fixtures/records.js';

describe('A generation', () => {
  for (const text of ['0', '1', '1767323045000123', '9'.repeat(19)]) {
    it(`may be the decimal ${text}`, () => {
      expect(parseGeneration(text)).to.equal(text);
    });
  }

  it('may arrive as a number that a double holds exactly', () => {
    expect(parseGeneration(Number.MAX_SAFE_INTEGER)).to.equal('9007199254740991');
  });

  const refused = [
    '',
    '01',
    '-1',
    '+1',
    '1.5',
    '1e3',
    ' 1',
    '1 ',
    '1\n',
    '9'.repeat(20),
    'abc',
    null,
    undefined,
    {},
  ];
  for (const value of [...refused, 1.5, Number.NaN, -1, Number.MAX_SAFE_INTEGER + 1]) {
    it(`is never ${JSON.stringify(value)} of type ${typeof value} (${String(value)})`, () => {
      expect(() => parseGeneration(value)).to.throw(
        TypeError,
        `Expected a decimal integer for generation but received ${String(value)} of type ${typeof value}`,
      );
    });
  }

  it('is compared as an integer if the order of text differs', () => {
    expect(compareGenerations(generation(9), generation(10))).to.be.below(0);
    expect(compareGenerations(generation(10), generation(9))).to.be.above(0);
  });

  it('is compared exactly if doubles are equal', () => {
    const [older, newer] = [generation('9007199254740992'), generation('9007199254740993')];
    expect(Number(older)).to.equal(Number(newer));
    expect(compareGenerations(older, newer)).to.be.below(0);
    expect(compareGenerations(newer, older)).to.be.above(0);
  });

  it('equals itself', () => {
    expect(compareGenerations(generation(7), generation(7))).to.equal(0);
  });
});

import { sentenceOf } from '@hangtag/web/sentence.js';
import { expect } from 'chai';

const SENTENCES = {
  failures: ['{failed} von {processed}, und {failed} sind zu viele', '{failed} scheiterten'],
  report: ['Kein Bericht'],
};

describe('a sentence with values', () => {
  const said = (key: string, values: unknown) => sentenceOf(SENTENCES, key, values, 'de');

  it('has each value at its place, numbers as the language writes them', () => {
    expect(said('failures', { failed: 1_200.5, processed: 'allen' })).to.equal(
      '1.200,5 von allen, und 1.200,5 sind zu viele',
    );
  });

  it('is the first of which all values are known', () => {
    expect(said('failures', { failed: 2, processed: null })).to.equal('2 scheiterten');
    expect(said('failures', { failed: 2, processed: { of: 3 } })).to.equal('2 scheiterten');
    expect(said('report', {})).to.equal('Kein Bericht');
  });

  it('is undefined without values, or for an unknown key', () => {
    expect(said('failures', {})).to.equal(undefined);
    expect(said('report', undefined)).to.equal(undefined);
    expect(said('constructor', {})).to.equal(undefined);
  });
});

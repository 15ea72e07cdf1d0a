import { isWithin, prefixRange } from '@hangtag/shared/domain/name-range.js';
import {
  digestOf,
  fingerprint,
  isSameDigest,
  loneMissing,
  subtract,
} from '@hangtag/shared/domain/range-proof.js';
import { expect } from 'chai';
import { BUCKET, generation } from '../../fixtures/records.js';

const listed = ['a', 'b', 'c'].map((name) =>
  fingerprint({ bucket: BUCKET, name, generation: generation(1) }),
);
const [a, b, c] = listed;

describe('the proof of a range', () => {
  it('holds if count and sum are the same', () => {
    const digest = { count: 2, sum: 10 };

    expect(isSameDigest(digest, { count: 2, sum: 10 })).to.equal(true);
    expect(isSameDigest(digest, { count: 3, sum: 10 })).to.equal(false);
    expect(isSameDigest(digest, { count: 2, sum: 11 })).to.equal(false);
  });

  it('of the rest is that of the whole minus that of the part', () => {
    expect(subtract({ count: 5, sum: 100 }, { count: 2, sum: 30 })).to.deep.equal({ count: 3, sum: 70 });
  });

  it('names the one object whose record is missing', () => {
    const found = subtract(digestOf(listed), digestOf(b ? [b] : []));

    expect(loneMissing(listed, found)).to.deep.equal({ bucket: BUCKET, name: 'b', generation: '1' });
  });

  it('names no object if two are missing, if none is, or if one is missing and another is wrong', () => {
    const withoutTwo = digestOf(c ? [c] : []);
    const oneIsWrong = { count: 2, sum: (a?.check ?? 0) + 1 };

    expect(loneMissing(listed, withoutTwo)).to.equal(undefined);
    expect(loneMissing(listed, digestOf(listed))).to.equal(undefined);
    expect(loneMissing(listed, oneIsWrong)).to.equal(undefined);
    // Two are missing, and their sum is that of a third: the sum alone must not name it.
    const [one, two, three] = [3, 4, 7].map((check, index) => ({
      object: listed[index]?.object ?? { bucket: '', name: '', generation: generation(1) },
      check,
    }));
    expect(loneMissing(one && two && three ? [one, two, three] : [], { count: 1, sum: 7 })).to.equal(
      undefined,
    );
  });
});

describe('the names under a prefix', () => {
  it('end before the next prefix, or have no end', () => {
    expect(prefixRange(BUCKET, 'ab')).to.deep.equal({ bucket: BUCKET, from: 'ab', to: 'ac' });
    expect(prefixRange(BUCKET, 'abc')).to.deep.equal({ bucket: BUCKET, from: 'abc', to: 'abd' });
    expect(prefixRange(BUCKET, '')).to.deep.equal({ bucket: BUCKET, from: '' });
    expect(prefixRange(BUCKET, '\u{10ffff}')).to.have.all.keys('bucket', 'from');
  });

  it('are distinguished from others', () => {
    const range = prefixRange(BUCKET, 'ab');

    expect(['ab', 'abz', 'ac', 'aa'].map((name) => isWithin(name, range))).to.deep.equal([
      true,
      true,
      false,
      false,
    ]);
    expect(isWithin('anything', prefixRange(BUCKET, ''))).to.equal(true);
  });
});

import { afterPrefix, compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import { expect } from 'chai';
import fc from 'fast-check';

const text = fc.string({ unit: 'binary' });

describe('The order of names', () => {
  it('is that of their UTF-8 bytes', () => {
    fc.assert(
      fc.property(text, text, (a, b) => {
        expect(Math.sign(compareUtf8(a, b))).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });

  it('is so at every edge of the surrogates', () => {
    const edges = ['a', '\ud7ff', '\u{10000}', '\u{103ff}', '\u{10fc00}', '\u{10ffff}', '\ue000', '\uffff'];
    for (const a of edges) {
      for (const b of edges) {
        expect(Math.sign(compareUtf8(a, b))).to.equal(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }
    }
  });

  it('is not that of UTF-16 units', () => {
    expect('\u{1f457}' < '\uffee').to.equal(true);
    expect(compareUtf8('\u{1f457}', '\uffee')).to.be.greaterThan(0);
  });

  it('treats only identical names as equal', () => {
    expect(compareUtf8('caf\u00e9', 'caf\u00e9')).to.equal(0);
    expect(compareUtf8('caf\u00e9', 'cafe\u0301')).not.to.equal(0);
  });

  it('puts a prefix and all names with it before the next prefix', () => {
    fc.assert(
      fc.property(text, text, (prefix, rest) => {
        const end = afterPrefix(prefix);
        if (end === undefined) return;
        expect(compareUtf8(prefix + rest, end)).to.be.lessThan(0);
        expect(end.startsWith(prefix)).to.equal(false);
      }),
    );
  });

  it('has nothing after the last code point, and skips the surrogates', () => {
    expect(afterPrefix('\u{10ffff}')).to.equal(undefined);
    expect(afterPrefix('a\u{10ffff}')).to.equal('b');
    expect(afterPrefix('\ud7ff')).to.equal('\ue000');
    expect(afterPrefix('dir/')).to.equal('dir0');
  });
});

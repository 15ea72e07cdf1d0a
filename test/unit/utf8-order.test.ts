import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import { expect } from 'chai';

describe('The order of names', () => {
  it('is that of their UTF-8 bytes, where UTF-16 orders otherwise', () => {
    const [privateUse, emoji] = ['\uE000', '\u{1F45C}'];
    expect(privateUse > emoji, 'UTF-16 units').to.equal(true);
    expect(compareUtf8(privateUse, emoji)).to.be.below(0);
    expect(compareUtf8(emoji, privateUse)).to.be.above(0);
  });

  it('puts a name before those it begins', () => {
    expect(compareUtf8('a', 'a/b')).to.be.below(0);
  });

  it('calls equal only what is the same', () => {
    expect(compareUtf8('caf\u00E9', 'caf\u00E9')).to.equal(0);
    expect(compareUtf8('caf\u00E9', 'cafe\u0301')).not.to.equal(0);
  });
});

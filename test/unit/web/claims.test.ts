import { Claims } from '@hangtag/web/claims.js';
import { type Image, imageOf } from '@hangtag/web/image.js';
import { type Signal, signal } from '@preact/signals';
import { expect } from 'chai';

const image = (id: string): Image => imageOf(id, { generation: '1', status: 'review' });
const [a, b, c] = [image('a'), image('b'), image('c')];

describe('the claims of a page', () => {
  let now: number;
  let reviews: Signal<readonly Image[]>;
  /** Who has which image, as the rules grant it. */
  let holders: Map<string, string>;
  let asked: string[];

  beforeEach(() => {
    now = 0;
    reviews = signal([a, b, c]);
    holders = new Map();
    asked = [];
  });

  const claimsOf = (page: string) =>
    new Claims(reviews, {
      seconds: 300,
      now: () => now,
      claim: async ({ id }) => {
        asked.push(`${page}: ${id}`);
        if (!holders.has(id)) holders.set(id, page);
        return holders.get(id) === page;
      },
      release: ({ id }) => {
        holders.delete(id);
      },
    });
  const held = (claims: Claims) => claims.held.value.map(({ id }) => id);

  it('have no image that another page has claimed', async () => {
    const [mine, yours] = [claimsOf('mine'), claimsOf('yours')];

    await Promise.all([mine.take(2), yours.take(2)]);
    await yours.take(1);

    expect(held(mine)).to.deep.equal(['a', 'b']);
    expect(held(yours)).to.deep.equal(['c']);
  });

  it('are made of the images that are wanted', async () => {
    const claims = claimsOf('mine');

    await claims.take(3, ({ id }) => id === 'c');

    expect(held(claims)).to.deep.equal(['c']);
    expect(asked).to.deep.equal(['mine: c']);
  });

  it('keep their order when a less certain image arrives', async () => {
    const claims = claimsOf('mine');
    await claims.take(1);

    reviews.value = [b, a, c];
    await claims.take(1);

    expect(held(claims)).to.deep.equal(['a', 'b']);
  });

  it('are renewed after a third of their time', async () => {
    const claims = claimsOf('mine');
    await claims.take(1);

    now = 99_000;
    claims.renew();
    expect(asked).to.have.length(1);
    now = 100_000;
    claims.renew();

    expect(asked).to.deep.equal(['mine: a', 'mine: a']);
  });

  it('are lost if another page got them while this one slept, and a picture of a lost claim is not shown', async () => {
    const claims = claimsOf('mine');
    await claims.take(1);
    holders.set('a', 'yours');

    now = 200_000;
    claims.renew();
    await Promise.resolve();
    await Promise.resolve();

    expect(held(claims)).to.deep.equal([]);
  });

  it('expire without a connection', async () => {
    const claims = claimsOf('mine');
    await claims.take(1);

    now = 300_000;
    claims.renew();

    expect(held(claims)).to.deep.equal([]);
    expect(asked, 'no renewal of what has expired').to.have.length(1);
  });

  it('ask again for a refused image after a while', async () => {
    holders.set('a', 'yours');
    const claims = claimsOf('mine');
    await claims.take(1);
    holders.delete('a');

    claims.renew();
    await claims.take(1);

    expect(held(claims)).to.deep.equal(['a']);
  });

  it('are all given back when the page is left', async () => {
    const claims = claimsOf('mine');
    await claims.take(3);

    claims.close();
    await claims.take(3);

    expect(holders.size).to.equal(0);
    expect(held(claims)).to.deep.equal([]);
  });

  it('that are granted after it was closed are given back', async () => {
    const claims = claimsOf('mine');
    const taking = claims.take(3);

    claims.close();
    await taking;

    expect(holders.size).to.equal(0);
    expect(held(claims)).to.deep.equal([]);
  });
});

import type { Backend } from '@hangtag/web/backend.js';
import { Feed, LIVE_IMAGES } from '@hangtag/web/feed.js';
import { type Image, imageOf } from '@hangtag/web/image.js';
import { expect } from 'chai';
import { until } from '../../support/until.js';

/** Newer images have higher numbers. */
const image = (index: number): Image => imageOf(`image-${index}`, { uploadedAt: index, status: 'done' });
const images = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => image(from + index));

describe('the images of the wall', () => {
  let send: Parameters<Backend['listenToNewest']>[1];
  let older: (count: number) => Promise<readonly Image[]>;
  let feed: Feed;

  beforeEach(() => {
    older = async () => [];
    feed = new Feed(
      {
        listenToNewest: (_, listener) => {
          send = listener;
          return () => {};
        },
        readOlder: (_filter, _id, count) => older(count),
      },
      {},
    );
  });
  afterEach(() => feed.close());

  /** A listener that is full has the newest ones, of which the first of `changed` is the oldest. */
  const change = (changed: readonly Image[], removed: readonly string[] = []) => {
    const oldest = changed.length >= LIVE_IMAGES ? changed[0] : undefined;
    send.onChanges({ changed, removed, oldest, isFromCache: false });
  };
  const shown = (count: number) => until(`${count} images`, () => feed.images.value.length === count);

  it('are the newest first, also those that come later', async () => {
    change([image(1), image(3)]);
    change([image(2)]);
    await shown(3);

    expect(feed.images.value.map(({ id }) => id)).to.deep.equal(['image-3', 'image-2', 'image-1']);
    expect(feed.state.value).to.equal('live');
    expect(feed.hasOlder.value).to.equal(false);
  });

  it('lose those that were deleted', async () => {
    change([image(1), image(2)]);
    change([], ['image-1']);

    await shown(1);
  });

  it('go on with older ones, page by page, until there are none', async () => {
    change(images(300, 300 + LIVE_IMAGES));
    await shown(LIVE_IMAGES);
    expect(feed.hasOlder.value).to.equal(true);

    older = async () => images(250, 300);
    await feed.readOlder();
    await shown(LIVE_IMAGES + 50);

    expect(feed.hasOlder.value).to.equal(false);
  });

  it('are read in pages that grow with what is known, as far as the rules permit', async () => {
    change(images(10_000, 10_000 + LIVE_IMAGES));
    await shown(LIVE_IMAGES);
    const counts: number[] = [];
    let oldest = 10_000;
    older = async (count) => {
      counts.push(count);
      oldest -= count;
      return images(oldest, oldest + count);
    };

    for (const known of [400, 800, 1_600, 2_600]) {
      await feed.readOlder();
      await shown(known);
    }

    expect(counts).to.deep.equal([200, 400, 800, 1_000]);
  });

  it('are read again below a burst of which the listener has only the newest', async () => {
    change(images(100, 150));
    await shown(50);
    expect(feed.hasOlder.value).to.equal(false);

    change(images(1_000, 1_000 + LIVE_IMAGES));
    await shown(LIVE_IMAGES);
    expect(feed.hasOlder.value).to.equal(true);
    older = async () => [...images(900, 1_000), ...images(100, 150)];
    await feed.readOlder();

    await shown(LIVE_IMAGES + 150);
    expect(feed.hasOlder.value).to.equal(false);
  });

  it('are not mixed with a page that was asked for before a burst', async () => {
    change(images(300, 300 + LIVE_IMAGES));
    await shown(LIVE_IMAGES);
    older = async () => {
      change(images(1_000, 1_000 + LIVE_IMAGES));
      return images(250, 300);
    };

    await feed.readOlder();

    await until('the burst', () => feed.images.value.at(-1)?.id === 'image-1000');
    expect(feed.images.value).to.have.length(LIVE_IMAGES);
    expect(feed.hasOlder.value).to.equal(true);
  });

  it('do not replace what the listener knows by what a page had before', async () => {
    change(images(300, 300 + LIVE_IMAGES));
    await shown(LIVE_IMAGES);
    older = async () => [{ ...image(300), status: 'queued' }];

    await feed.readOlder();

    expect(feed.images.value.at(-1)?.status).to.equal('done');
  });

  it('ask again for older ones that could not be read, without a scroll', async () => {
    change(images(300, 300 + LIVE_IMAGES));
    await shown(LIVE_IMAGES);
    const answers: (() => Promise<readonly Image[]>)[] = [
      () => Promise.reject(new Error('unavailable')),
      async () => images(250, 300),
    ];
    older = () => answers.shift()?.() ?? Promise.resolve([]);

    await feed.readOlder();

    await shown(LIVE_IMAGES + 50);
  });
});

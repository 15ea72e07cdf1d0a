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
  let older: () => Promise<readonly Image[]>;
  let feed: Feed;

  beforeEach(() => {
    older = async () => [];
    feed = new Feed(
      {
        listenToNewest: (_, listener) => {
          send = listener;
          return () => {};
        },
        readOlder: () => older(),
      },
      {},
    );
  });
  afterEach(() => feed.close());

  const shown = (count: number) => until(`${count} images`, () => feed.images.value.length === count);

  it('are the newest first, also those that come later', async () => {
    send.onChanges([image(1), image(3)], [], false);
    send.onChanges([image(2)], [], false);
    await shown(3);

    expect(feed.images.value.map(({ id }) => id)).to.deep.equal(['image-3', 'image-2', 'image-1']);
    expect(feed.state.value).to.equal('live');
    expect(feed.hasOlder.value).to.equal(false);
  });

  it('lose those that were deleted', async () => {
    send.onChanges([image(1), image(2)], [], false);
    send.onChanges([], ['image-1'], false);

    await shown(1);
  });

  it('go on with older ones, page by page, until there are none', async () => {
    send.onChanges(images(300, 300 + LIVE_IMAGES), [], false);
    await shown(LIVE_IMAGES);
    expect(feed.hasOlder.value).to.equal(true);

    older = async () => images(250, 300);
    await feed.readOlder();
    await shown(LIVE_IMAGES + 50);

    expect(feed.hasOlder.value).to.equal(false);
  });

  it('do not replace what the listener knows by what a page had before', async () => {
    send.onChanges(images(300, 300 + LIVE_IMAGES), [], false);
    await shown(LIVE_IMAGES);
    older = async () => [{ ...image(300), status: 'queued' }];

    await feed.readOlder();

    expect(feed.images.value.at(-1)?.status).to.equal('done');
  });

  it('ask again for older ones that could not be read, without a scroll', async function () {
    this.timeout(10_000);
    send.onChanges(images(300, 300 + LIVE_IMAGES), [], false);
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

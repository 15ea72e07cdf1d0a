import { mock } from 'node:test';
import { type Listenable, RecordFeed } from '@hangtag/emulators/start/record-feed.js';
import { expect } from 'chai';

type Take = Parameters<Listenable['onSnapshot']>[0];

const SILENCE_MS = 3_000;
const NOTHING_YET = { size: 0, docChanges: () => [] };

/** Every listener that the feed begins, with whether it still listens. */
function openFeed() {
  const listeners: { readonly answer: Take; ended: boolean }[] = [];
  const query = (): Listenable => ({
    onSnapshot(take) {
      const listener = { answer: take, ended: false };
      listeners.push(listener);
      return () => {
        listener.ended = true;
      };
    },
  });
  return { listeners, feed: new RecordFeed(query, () => undefined) };
}

describe('The listener behind the table', () => {
  beforeEach(() => mock.timers.enable({ apis: ['setTimeout'] }));
  afterEach(() => mock.timers.reset());

  it('has begun at the first answer', async () => {
    const { listeners, feed } = openFeed();
    const begun = feed.begin();

    listeners[0]?.answer(NOTHING_YET);

    await begun;
    feed.end();
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true]);
  });

  it('has begun, too, where the first listener says nothing and the next one answers', async () => {
    const { listeners, feed } = openFeed();
    const begun = feed.begin();

    mock.timers.tick(SILENCE_MS);
    listeners[1]?.answer(NOTHING_YET);

    await begun;
    feed.end();
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true, true]);
  });

  it('begins no other listener once it has ended', () => {
    const { listeners, feed } = openFeed();
    void feed.begin();
    mock.timers.tick(SILENCE_MS);

    feed.end();
    mock.timers.tick(10 * SILENCE_MS);

    expect(listeners, 'the second is the control').to.have.length(2);
  });
});

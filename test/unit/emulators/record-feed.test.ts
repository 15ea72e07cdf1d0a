import { mock } from 'node:test';
import type { Timestamp } from '@google-cloud/firestore';
import { type Heard, type Listenable, RecordFeed } from '@hangtag/emulators/start/record-feed.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { expect } from 'chai';
import { aRecord } from '../../fixtures/records.js';

type Take = Parameters<Listenable['onSnapshot']>[0];

const SILENCE_MS = 3_000;
const LONGEST_REST_MS = 500;
const OVERLAP_MS = 500;
const NOTHING_YET = heard([]);

/** A listener's answer: records written just now, one a millisecond. */
function heard(names: readonly string[]): Heard {
  const changes = names.map((name, index) => {
    const document = documentOf(aRecord({ name, updatedAt: Date.now() + 1 + index }), 0);
    return { type: 'added', doc: { get: (field: string) => document[field], data: () => document } } as const;
  });
  return { docChanges: () => changes };
}

/** Every listener that the feed begins: since when, and whether it still listens. */
function openFeed() {
  const listeners: { readonly since: number; readonly answer: Take; ended: boolean }[] = [];
  const query = (since: Timestamp): Listenable => ({
    onSnapshot(take) {
      const listener = { since: since.toMillis(), answer: take, ended: false };
      listeners.push(listener);
      return () => {
        listener.ended = true;
      };
    },
  });
  const names: string[] = [];
  return { listeners, names, feed: new RecordFeed(query, ({ name }) => names.push(name)) };
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

  it('stays where little happens', () => {
    const { listeners, names, feed } = openFeed();
    void feed.begin();

    listeners[0]?.answer(heard(['a.jpg', 'b.jpg']));
    mock.timers.tick(LONGEST_REST_MS);

    expect(names).to.deep.equal(['a.jpg', 'b.jpg']);
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([false]);
    feed.end();
  });

  it('rests in a rush, and goes on a little before where it had come to', () => {
    const { listeners, names, feed } = openFeed();
    void feed.begin();
    const rush = Array.from({ length: 30 }, (_, index) => `${index}.jpg`);
    const begunAt = Date.now();

    listeners[0]?.answer(heard(rush));
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true]);
    mock.timers.tick(LONGEST_REST_MS);

    expect(names).to.deep.equal(rush);
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true, false]);
    expect(listeners[1]?.since).to.be.within(begunAt - OVERLAP_MS, begunAt + rush.length);
    feed.end();
  });

  it('tells what is seen late, and nothing again that it told before', () => {
    const { listeners, names, feed } = openFeed();
    void feed.begin();
    const rush = Array.from({ length: 30 }, (_, index) => `${index}.jpg`);
    const before = heard(rush);
    const late = heard(['late.jpg']);
    listeners[0]?.answer(before);
    mock.timers.tick(LONGEST_REST_MS);

    listeners[1]?.answer({ docChanges: () => [...before.docChanges(), ...late.docChanges()] });
    mock.timers.tick(LONGEST_REST_MS);

    expect(names).to.deep.equal([...rush, 'late.jpg']);
    expect(
      listeners.map(({ ended }) => ended),
      'one write is no rush',
    ).to.deep.equal([true, false]);
    feed.end();
  });
});

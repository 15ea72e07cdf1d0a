import { mock } from 'node:test';
import type { Timestamp } from '@google-cloud/firestore';
import { type Changes, type Listenable, RecordFeed } from '@hangtag/emulators/start/record-feed.js';
import { documentOf } from '@hangtag/shared/adapters/firestore/record-document.js';
import { expect } from 'chai';
import { aRecord } from '../../fixtures/records.js';

type Take = Parameters<Listenable['onSnapshot']>[0];

const SILENCE_MS = 3_000;
const FIRST_REST_MS = 50;
const LONGEST_REST_MS = 1_000;
const OVERLAP_MS = 500;
const NOTHING_YET = heard([]);

/** A listener's answer: records written just now, one a millisecond. */
function heard(names: readonly string[], fields: object = {}): Changes {
  const changes = names.map((name, index) => {
    const document = { ...documentOf(aRecord({ name, updatedAt: Date.now() + 1 + index }), 0), ...fields };
    return { type: 'added', doc: { get: (field: string) => document[field], data: () => document } } as const;
  });
  return { docChanges: () => changes };
}

/** Every listener that the feed begins, and every question that it asks: since when, and how it is answered. */
function openFeed() {
  const listeners: { readonly since: number; readonly answer: Take; ended: boolean }[] = [];
  const questions: {
    readonly since: number;
    readonly answer: (answer: Changes) => Promise<void>;
    readonly fail: () => Promise<void>;
  }[] = [];
  const query = (since: Timestamp): Listenable => ({
    onSnapshot(take) {
      const listener = { since: since.toMillis(), answer: take, ended: false };
      listeners.push(listener);
      return () => {
        listener.ended = true;
      };
    },
    get: () =>
      new Promise((resolve, reject) => {
        const dealtWith = () => new Promise<void>((done) => setImmediate(done));
        questions.push({
          since: since.toMillis(),
          answer: (answer) => {
            resolve(answer);
            return dealtWith();
          },
          fail: () => {
            reject(new Error('Expected an answer'));
            return dealtWith();
          },
        });
      }),
  });
  const names: string[] = [];
  return { listeners, questions, names, feed: new RecordFeed(query, ({ name }) => names.push(name)) };
}

const RUSH = Array.from({ length: 30 }, (_, index) => `${index}.jpg`);

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

  it('has also begun if the first listener is silent and the next one answers', async () => {
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

  it('keeps its listener while there are few writes', () => {
    const { listeners, questions, names, feed } = openFeed();
    void feed.begin();

    listeners[0]?.answer(heard(['a.jpg', 'b.jpg']));
    mock.timers.tick(LONGEST_REST_MS);

    expect(names).to.deep.equal(['a.jpg', 'b.jpg']);
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([false]);
    expect(questions).to.be.empty;
    feed.end();
  });

  it('queries under load, and repeats the query after a pause until few records are new', async () => {
    const { listeners, questions, names, feed } = openFeed();
    void feed.begin();
    const whole = heard(RUSH);

    listeners[0]?.answer({ docChanges: () => whole.docChanges().slice(0, 13) });
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true]);
    mock.timers.tick(FIRST_REST_MS);
    await questions[0]?.answer(whole);
    mock.timers.tick(LONGEST_REST_MS);
    await questions[1]?.answer(heard(['last.jpg']));

    expect(names).to.deep.equal([...RUSH, 'last.jpg']);
    expect(questions).to.have.length(2);
    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true, false]);
    feed.end();
  });

  it('finds writes that a listener left out, even if the listener has reported later ones', async () => {
    const { listeners, questions, names, feed } = openFeed();
    const begunAt = Date.now();
    void feed.begin();
    const whole = heard(['left-out.jpg', ...RUSH]);

    listeners[0]?.answer({ docChanges: () => whole.docChanges().slice(1) });
    mock.timers.tick(FIRST_REST_MS);
    await questions[0]?.answer(whole);

    expect(questions[0]?.since).to.be.at.most(begunAt);
    expect(names).to.deep.equal([...RUSH, 'left-out.jpg']);
    feed.end();
  });

  it('continues a little before the end of the last answer, and reports no record twice', async () => {
    const { listeners, questions, names, feed } = openFeed();
    void feed.begin();
    const begunAt = Date.now();
    const before = heard(RUSH);
    const late = heard(['late.jpg']);
    listeners[0]?.answer(before);
    mock.timers.tick(FIRST_REST_MS);
    await questions[0]?.answer(before);

    listeners[1]?.answer({ docChanges: () => [...before.docChanges(), ...late.docChanges()] });

    expect(listeners[1]?.since).to.be.within(begunAt + RUSH.length - OVERLAP_MS, Date.now());
    expect(names).to.deep.equal([...RUSH, 'late.jpg']);
    expect(
      listeners.map(({ ended }) => ended),
      'one write is no rush',
    ).to.deep.equal([true, false]);
    feed.end();
  });

  it('listens again if a query fails', async () => {
    const { listeners, questions, feed } = openFeed();
    void feed.begin();
    listeners[0]?.answer(heard(RUSH));
    mock.timers.tick(FIRST_REST_MS);

    await questions[0]?.fail();
    mock.timers.tick(SILENCE_MS);

    expect(listeners.map(({ ended }) => ended)).to.deep.equal([true, false]);
    feed.end();
  });

  it('reports nothing, queries nothing and has no listener after its end', async () => {
    const { listeners, questions, names, feed } = openFeed();
    void feed.begin();
    listeners[0]?.answer(heard(RUSH));
    mock.timers.tick(FIRST_REST_MS);

    feed.end();
    await questions[0]?.answer(heard(['after.jpg']));
    mock.timers.tick(10 * SILENCE_MS);

    expect(names).to.deep.equal(RUSH);
    expect({ listeners: listeners.length, questions: questions.length }).to.deep.equal({
      listeners: 1,
      questions: 1,
    });
  });

  it('leaves out a document that is not a record, and shows the next ones', () => {
    const { feed, listeners, names } = openFeed();
    void feed.begin();

    listeners[0]?.answer(heard(['damaged'], { correction: 'Heels' }));
    listeners[0]?.answer(heard(['whole']));
    feed.end();

    expect(names).to.deep.equal(['whole']);
  });
});

import { mock } from 'node:test';
import { Reconnecting } from '@hangtag/web/reconnecting.js';
import { expect } from 'chai';

describe('The page opens its connections anew', () => {
  let attempts: number;
  let reconnecting: Reconnecting;

  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout'] });
    attempts = 0;
    reconnecting = new Reconnecting(() => {
      attempts += 1;
    }, 10_000);
  });
  afterEach(() => mock.timers.reset());

  /** @returns the attempts in each of these times */
  const attemptsIn = (...times: readonly number[]) =>
    times.map((ms) => {
      const before = attempts;
      mock.timers.tick(ms);
      return attempts - before;
    });

  it('after 10, 20, 40, 60 and 60 seconds, until it is stopped', () => {
    const stop = reconnecting.start();
    for (const ms of [10_000, 20_000, 40_000, 60_000, 60_000])
      expect(attemptsIn(ms - 1, 1), `${ms}`).to.deep.equal([0, 1]);

    stop();

    expect(attemptsIn(600_000)).to.deep.equal([0]);
  });

  it('while a write gets no answer', async () => {
    let answer = (_: string) => {};
    const write = new Promise<string>((resolve) => {
      answer = resolve;
    });
    const result = reconnecting.until(write);
    expect(attemptsIn(10_000, 20_000)).to.deep.equal([1, 1]);

    answer('stored');

    expect(await result).to.equal('stored');
    expect(attemptsIn(600_000)).to.deep.equal([0]);
  });

  it('also if new writes are made all the time and none is answered', async () => {
    void reconnecting.until(new Promise(() => {}));
    mock.timers.tick(6_000);
    void reconnecting.until(new Promise(() => {}));

    expect(attemptsIn(4_000)).to.deep.equal([1]);
  });

  it('not while one write after the other is answered or refused', async () => {
    let refuse = (_: Error) => {};
    const refused = new Promise<void>((_, reject) => {
      refuse = reject;
    });
    const result = reconnecting.until(refused).catch((error: Error) => error.message);
    void reconnecting.until(new Promise(() => {}));
    mock.timers.tick(9_000);

    refuse(new Error('permission-denied'));

    expect(await result).to.equal('permission-denied');
    expect(attemptsIn(9_000, 1_000)).to.deep.equal([0, 1]);
  });

  it('not after the page has ended them', () => {
    void reconnecting.until(new Promise(() => {}));

    reconnecting.close();

    expect(attemptsIn(600_000)).to.deep.equal([0]);
  });
});

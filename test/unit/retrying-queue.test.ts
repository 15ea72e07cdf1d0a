import { RetryingQueue } from '@hangtag/emulators/embedded/retrying-queue.js';
import { expect } from 'chai';

const QUICK = { concurrency: 2, minBackoffMs: 1, maxBackoffMs: 4 };

describe('the queue of the embedded stack', () => {
  it('delivers a message until the handler returns, and counts the attempts', async () => {
    const deliveries: number[] = [];
    const done = new Promise<void>((resolve) => {
      const queue = new RetryingQueue<string>(async (_message, attempt) => {
        deliveries.push(attempt);
        if (attempt < 3) throw new Error('not yet');
        resolve();
      }, QUICK);
      queue.push('anna', 'a');
    });

    await done;

    expect(deliveries).to.deep.equal([1, 2, 3]);
  });

  it('delivers at most `concurrency` messages at the same time', async () => {
    let inFlight = 0;
    let most = 0;
    let left = 20;
    await new Promise<void>((resolve) => {
      const queue = new RetryingQueue<number>(async () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise(setImmediate);
        inFlight -= 1;
        left -= 1;
        if (left === 0) resolve();
      }, QUICK);
      for (let message = 0; message < 20; message += 1) queue.push('anna', message);
    });

    expect(most).to.equal(2);
  });

  it('delivers other messages while one waits for its next attempt', async () => {
    const order: string[] = [];
    await new Promise<void>((resolve) => {
      const queue = new RetryingQueue<string>(
        async (message, attempt) => {
          if (message === 'poison' && attempt === 1) throw new Error('poison');
          order.push(message);
          if (order.length === 3) resolve();
        },
        { concurrency: 1, minBackoffMs: 20, maxBackoffMs: 20 },
      );
      for (const message of ['poison', 'b', 'c']) queue.push('anna', message);
    });

    expect(order).to.deep.equal(['b', 'c', 'poison']);
  });

  it('waits for the deliveries in progress when it stops, and starts no others', async () => {
    const finished: string[] = [];
    const queue = new RetryingQueue<string>(
      async (message) => {
        await new Promise(setImmediate);
        finished.push(message);
      },
      { ...QUICK, concurrency: 1 },
    );
    queue.push('anna', 'first');
    queue.push('anna', 'second');

    await queue.stop();

    expect(finished).to.deep.equal(['first']);
  });
});

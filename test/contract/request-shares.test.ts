/** Every store of request windows keeps these promises. */
import { FirestoreRequestShares } from '@hangtag/shared/adapters/firestore/request-shares.js';
import { MemoryRequestShares } from '@hangtag/shared/adapters/memory/request-shares.js';
import type { RequestWindow } from '@hangtag/shared/domain/request-window.js';
import type { RequestShares } from '@hangtag/shared/ports/request-shares.js';
import { expect } from 'chai';
import { freshFirestores } from '../support/emulated-firestore.js';

const MINUTE_MS = 60_000;

function minute(number: number, window: Partial<RequestWindow> = {}): RequestWindow {
  const startsAt = 1_767_323_040_000 + number * MINUTE_MS;
  return { key: 'key:a', startsAt, endsAt: startsAt + MINUTE_MS, limit: 10, ...window };
}

function promisesOfRequestShares(open: () => RequestShares): void {
  it('gives what is wanted, near the limit what is left, and then nothing', async () => {
    const shares = open();

    const taken = [
      await shares.take(minute(0), 4),
      await shares.take(minute(0), 4),
      await shares.take(minute(0), 4),
      await shares.take(minute(0), 4),
    ];

    expect(taken).to.deep.equal([
      { taken: 4, left: 6 },
      { taken: 4, left: 2 },
      { taken: 2, left: 0 },
      { taken: 0, left: 0 },
    ]);
  });

  it('begins again with the next minute, which an instance whose clock is behind uses too', async () => {
    const shares = open();
    await shares.take(minute(0), 10);

    expect(await shares.take(minute(1), 7)).to.deep.equal({ taken: 7, left: 3 });
    expect(await shares.take(minute(0), 7)).to.deep.equal({ taken: 3, left: 0 });
  });

  it('counts each key apart, whatever its characters', async () => {
    const shares = open();
    await shares.take(minute(0, { key: 'user:a/b' }), 10);

    expect(await shares.take(minute(0, { key: 'user:a/ü' }), 1)).to.deep.equal({ taken: 1, left: 9 });
  });

  it('follows a limit that was changed', async () => {
    const shares = open();
    await shares.take(minute(0), 5);

    expect(await shares.take(minute(0, { limit: 3 }), 1)).to.deep.equal({ taken: 0, left: 0 });
    expect(await shares.take(minute(0, { limit: 6 }), 4)).to.deep.equal({ taken: 1, left: 0 });
  });

  it('never gives more than the limit to instances that ask at the same time', async () => {
    const shares = open();

    const taken = await Promise.all(Array.from({ length: 4 }, () => shares.take(minute(0), 3)));

    expect(taken.reduce((sum, share) => sum + share.taken, 0)).to.equal(10);
  });
}

describe('Request windows in memory', () => {
  promisesOfRequestShares(() => new MemoryRequestShares());
});

describe('Request windows in Firestore', () => {
  const open = freshFirestores('shares');

  promisesOfRequestShares(() => new FirestoreRequestShares(open()));
});

/** How the instances of the API count requests together. */
import { type RequestCounter, sharedCounter } from '@hangtag/functions/api/request-counter.js';
import { MemoryRequestShares } from '@hangtag/shared/adapters/memory/request-shares.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { createLog } from '@hangtag/shared/log.js';
import type { RequestShares } from '@hangtag/shared/ports/request-shares.js';
import { expect } from 'chai';
import fc from 'fast-check';
import { ManualClock } from '../../support/stage.js';

const MINUTE_MS = 60_000;
const LIMIT = 600;

/** A store that counts how often it is asked. */
class CountedShares extends MemoryRequestShares {
  asked = 0;

  override take(...asked: Parameters<RequestShares['take']>) {
    this.asked += 1;
    return super.take(...asked);
  }
}

function instance(shares: RequestShares, clock = new ManualClock()) {
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line) });
  return { counter: sharedCounter({ openShares: async () => shares, clock, log }), clock, lines };
}

async function admitted(counter: RequestCounter, requests: number): Promise<number> {
  const counts = await Promise.all(Array.from({ length: requests }, () => counter.count('key:a', LIMIT)));
  return counts.filter(({ isAllowed }) => isAllowed).length;
}

describe('Requests that instances count together', () => {
  it('are exact with one instance, which asks the store for one request in twenty', async () => {
    const shares = new CountedShares();
    const { counter } = instance(shares);

    expect(await admitted(counter, LIMIT + 100)).to.equal(LIMIT);
    expect(shares.asked).to.be.within(2, LIMIT / 20);
  });

  it('are refused without asking the store once the limit is reached', async () => {
    const shares = new CountedShares();
    const { counter } = instance(shares);
    await admitted(counter, LIMIT);
    const askedBefore = shares.asked;

    expect(await admitted(counter, 1_000)).to.equal(0);
    expect(shares.asked).to.equal(askedBefore);
  });

  it('are never more than the limit, and are refused too early by what other instances hold at most', async () => {
    const order = fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 300 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 120 }), order, async (limit, turns) => {
        const shares = new MemoryRequestShares();
        const counters = Array.from({ length: 4 }, () => instance(shares).counter);
        const admittedBy = [0, 0, 0, 0];
        const isFull = [false, false, false, false];
        for (const turn of turns) {
          const count = await counters[turn]?.count('key:a', limit);
          if (count?.isAllowed) admittedBy[turn] = (admittedBy[turn] ?? 0) + 1;
          else isFull[turn] = true;
        }
        const total = admittedBy.reduce((sum, each) => sum + each, 0);
        expect(total).to.be.at.most(limit);
        const heldByOthers = admittedBy.map((each, index) =>
          isFull[index] ? 0 : Math.min(each, Math.ceil(limit / 20)),
        );
        if (isFull.includes(true)) {
          expect(total + heldByOthers.reduce((sum, each) => sum + each, 0)).to.be.at.least(limit);
        }
      }),
    );
  });

  it('are counted from zero in the next minute', async () => {
    const { counter, clock } = instance(new MemoryRequestShares());
    await admitted(counter, LIMIT);

    clock.advance(MINUTE_MS);

    expect(await admitted(counter, 1)).to.equal(1);
  });

  it('are counted by each instance alone while the store fails, with one log line a minute', async () => {
    const failing: RequestShares = {
      take: async () => {
        throw new TransientError('down');
      },
    };
    const { counter, lines } = instance(failing);

    expect(await admitted(counter, LIMIT + 100)).to.equal(LIMIT);
    expect(lines.map((line) => JSON.parse(line).outcome)).to.deep.equal(['limit-not-shared']);
  });
});

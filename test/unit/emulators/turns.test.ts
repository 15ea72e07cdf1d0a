import { setImmediate } from 'node:timers/promises';
import { Slots, Turns } from '@hangtag/emulators/events/turns.js';
import { expect } from 'chai';
import fc from 'fast-check';

function queueOf(...items: readonly (readonly [owner: string, item: number])[]): Turns<string> {
  const turns = new Turns<string>();
  for (const [owner, item] of items) turns.push(owner, `${owner}${item}`);
  return turns;
}

function all(turns: Turns<string>): readonly string[] {
  const items: string[] = [];
  for (let item = turns.shift(); item !== undefined; item = turns.shift()) items.push(item);
  return items;
}

describe('a queue in which owners take turns', () => {
  it('serves each owner in order, and one item of each owner in a round', () => {
    const turns = queueOf(['a', 1], ['a', 2], ['a', 3], ['b', 1], ['c', 1], ['b', 2]);

    expect(all(turns)).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('puts a new owner at the end of the round, however many items the others have', () => {
    const turns = queueOf(...Array.from({ length: 1_000 }, (_, index) => ['a', index] as const));
    turns.shift();
    turns.push('b', 'b0');

    expect([turns.shift(), turns.shift()]).to.deep.equal(['a1', 'b0']);
  });

  it('returns every item once, and then undefined', () => {
    const owners = fc.array(fc.constantFrom('a', 'b', 'c', '__proto__'), { maxLength: 60 });
    fc.assert(
      fc.property(owners, (pushes) => {
        const items = pushes.map((owner, index) => [owner, index] as const);
        const served = all(queueOf(...items));

        expect(served).to.have.members(items.map(([owner, index]) => `${owner}${index}`));
        expect(served).to.have.length(items.length);
      }),
    );
  });
});

describe('slots for work', () => {
  it('run at most as many tasks at once as there are slots, and run all tasks', async () => {
    const slots = new Slots(3);
    let running = 0;
    let mostAtOnce = 0;
    const work = async (index: number) => {
      running += 1;
      mostAtOnce = Math.max(mostAtOnce, running);
      await setImmediate();
      running -= 1;
      if (index % 5 === 0) throw new Error('failed');
      return index;
    };

    const results = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => slots.run('a', () => work(index))),
    );

    expect(mostAtOnce).to.equal(3);
    expect(results.filter(({ status }) => status === 'fulfilled')).to.have.length(40);
  });
});

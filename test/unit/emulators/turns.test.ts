import { Turns } from '@hangtag/emulators/events/turns.js';
import { expect } from 'chai';
import fc from 'fast-check';

function lineOf(...items: readonly (readonly [owner: string, item: number])[]): Turns<string> {
  const turns = new Turns<string>();
  for (const [owner, item] of items) turns.push(owner, `${owner}${item}`);
  return turns;
}

function all(turns: Turns<string>): readonly string[] {
  const items: string[] = [];
  for (let item = turns.shift(); item !== undefined; item = turns.shift()) items.push(item);
  return items;
}

describe('a line in which owners take turns', () => {
  it('serves each owner in its order, and one of each in a round', () => {
    const turns = lineOf(['a', 1], ['a', 2], ['a', 3], ['b', 1], ['c', 1], ['b', 2]);

    expect(all(turns)).to.deep.equal(['a1', 'b1', 'c1', 'a2', 'b2', 'a3']);
  });

  it('puts who comes later at the end of the round, however many wait before', () => {
    const turns = lineOf(...Array.from({ length: 1_000 }, (_, index) => ['a', index] as const));
    turns.shift();
    turns.push('b', 'b0');

    expect([turns.shift(), turns.shift()]).to.deep.equal(['a1', 'b0']);
  });

  it('gives out all that was put in, once, and then nothing', () => {
    const owners = fc.array(fc.constantFrom('a', 'b', 'c', '__proto__'), { maxLength: 60 });
    fc.assert(
      fc.property(owners, (pushes) => {
        const items = pushes.map((owner, index) => [owner, index] as const);
        const served = all(lineOf(...items));

        expect(served).to.have.members(items.map(([owner, index]) => `${owner}${index}`));
        expect(served).to.have.length(items.length);
      }),
    );
  });

  it('is empty once it was drained', () => {
    const turns = lineOf(['a', 1], ['b', 1], ['a', 2]);

    expect(turns.drain()).to.have.members(['a1', 'b1', 'a2']);
    expect(turns.shift()).to.equal(undefined);
  });
});

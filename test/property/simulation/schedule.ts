/** What happens to an installation, as data: fast-check draws it from a seed, and shrinks a failure to its shortest form. */
import fc from 'fast-check';
import type { Climate } from './deliveries.js';
import { CONTENTS, type Content, type Sabotage } from './installation.js';
import { World } from './world.js';

export type Move =
  | { readonly move: 'upload'; readonly name: string; readonly content: Content }
  | { readonly move: 'remove' | 'correct'; readonly name: string }
  | { readonly move: 'deliver'; readonly pick: number; readonly worker: number }
  | { readonly move: 'step' | 'finish' | 'duplicate' | 'lose'; readonly pick: number }
  | { readonly move: 'crash'; readonly pick: number; readonly when: 'before' | 'after' }
  | { readonly move: 'deploy' | 'calm'; readonly worker: number }
  | { readonly move: 'switch-model'; readonly version: number }
  | { readonly move: 'sweep' | 'wait' | 'break-model' | 'mend-model' };

export interface Schedule extends Climate {
  readonly moves: readonly Move[];
}

const pick = fc.nat(5);
const worker = fc.nat(1);
const name = fc.constantFrom('a', 'b', 'c');
const is = <Kind extends string>(kind: Kind) => fc.constant(kind);

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ move: is('step'), pick }) },
  { weight: 4, arbitrary: fc.record({ move: is('finish'), pick }) },
  { weight: 4, arbitrary: fc.record({ move: is('calm'), worker }) },
  { weight: 6, arbitrary: fc.record({ move: is('deliver'), pick, worker }) },
  { weight: 4, arbitrary: fc.record({ move: is('upload'), name, content: fc.constantFrom(...CONTENTS) }) },
  { weight: 3, arbitrary: fc.record({ move: is('crash'), pick, when: fc.constantFrom('before', 'after') }) },
  { weight: 1, arbitrary: fc.record({ move: is('remove'), name }) },
  { weight: 2, arbitrary: fc.record({ move: is('correct'), name }) },
  { weight: 1, arbitrary: fc.record({ move: is('duplicate'), pick }) },
  { weight: 1, arbitrary: fc.record({ move: is('lose'), pick }) },
  { weight: 2, arbitrary: fc.record({ move: is('deploy'), worker }) },
  {
    weight: 4,
    arbitrary: fc.record({ move: is('switch-model'), version: fc.integer({ min: 100, max: 102 }) }),
  },
  { weight: 2, arbitrary: fc.record({ move: is('sweep') }) },
  { weight: 2, arbitrary: fc.record({ move: is('wait') }) },
  { weight: 1, arbitrary: fc.record({ move: fc.constantFrom('break-model', 'mend-model') }) },
);

export const schedules: fc.Arbitrary<Schedule> = fc.record({
  countsDeliveries: fc.boolean(),
  moves: fc.array(move, { maxLength: 40, size: 'max' }),
});

/** @throws {RuleBroken} its message lists everything that happened */
export async function play({ moves, ...climate }: Schedule, sabotage: Sabotage = {}): Promise<void> {
  const world = new World(climate, sabotage);
  try {
    for (const each of moves) await make(each, world);
    await world.rest();
  } catch (error) {
    if (error instanceof Error) error.message += `\n  ${world.trace.join('\n  ')}`;
    throw error;
  }
}

async function make(each: Move, world: World): Promise<void> {
  switch (each.move) {
    case 'upload':
      return world.upload(each.name, each.content);
    case 'remove':
      return world.remove(each.name);
    case 'correct':
      return world.correct(each.name);
    case 'deliver':
      return world.deliver(each.pick, each.worker);
    case 'step':
      return world.step(each.pick);
    case 'finish':
      return world.finish(each.pick);
    case 'calm':
      return world.calm(each.worker);
    case 'crash':
      return world.crash(each.pick, each.when);
    case 'duplicate':
      return world.duplicate(each.pick);
    case 'lose':
      return world.lose(each.pick);
    case 'deploy':
      return world.deploy(each.worker);
    case 'switch-model':
      return world.switchModel(each.version);
    case 'sweep':
      return world.startSweep();
    case 'wait':
      return world.wait();
    case 'break-model':
      return world.breakModel();
    case 'mend-model':
      return world.mendModel();
  }
}

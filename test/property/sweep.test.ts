/** For any differences, any names and any time at which the process is killed: everything is repaired, once. */
import { type SweepOutcome, sweep } from '@hangtag/functions/sweep/handler.js';
import type { SweepPorts } from '@hangtag/functions/sweep/ports.js';
import { prefixRange } from '@hangtag/shared/domain/name-range.js';
import { digestOf, fingerprint } from '@hangtag/shared/domain/range-proof.js';
import { assert } from 'chai';
import fc from 'fast-check';
import { Killed, killable, Lifetime } from '../support/killable-port.js';
import { BUCKET, request, SweepWorld } from '../support/sweep-world.js';

const FATES = ['agrees', 'agrees', 'agrees', 'missing', 'outdated', 'gone'] as const;
type Fate = (typeof FATES)[number];

/** Longer than a lease, and shorter than the time after which an image is stuck. */
const PAST_LEASE_MS = 3 * 60_000;

/** Names whose orders by UTF-8 and by UTF-16 differ, and names with common prefixes. */
const character = fc.constantFrom(
  'a',
  'b',
  '/',
  'é',
  '\u{d7ff}',
  '\u{e000}',
  '\u{ffff}',
  '\u{1f600}',
  '\u{10ffff}',
);
const name = fc.array(character, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
const bucket = fc.uniqueArray(fc.tuple(name, fc.constantFrom(...FATES)), {
  selector: ([key]) => key,
  maxLength: 40,
});

describe('sweep, over any bucket', () => {
  it('repairs exactly the differences, and a second sweep finds none', async () => {
    await fc.assert(
      fc.asyncProperty(bucket, fc.integer({ min: 2, max: 12 }), async (contents, pageSize) => {
        const world = await worldOf(contents);

        const { state } = await sweep(request(), world.ports({ pageSize }));
        const again = await sweep(request(), world.ports({ pageSize }));

        const count = (fate: Fate) => contents.filter((entry) => entry[1] === fate).length;
        assert.include(state.progress, {
          missing: count('missing'),
          outdated: count('outdated'),
          gone: count('gone'),
          listed: contents.length - count('gone'),
        });
        assert.include(again.state.progress, { missing: 0, outdated: 0, gone: 0, repaired: 0 });
        await assertAgreement(world);
        assertSentOnce(world, contents);
      }),
      { numRuns: 400 },
    );
  });

  it('repairs exactly the differences under a prefix', async () => {
    await fc.assert(
      fc.asyncProperty(bucket, name, async (contents, prefix) => {
        const world = await worldOf(contents);
        const inside = contents.filter(([key]) => key.startsWith(prefix));

        const { state } = await sweep(request({ prefix }), world.ports({ pageSize: 3 }));

        const differing = inside.filter(([, fate]) => fate !== 'agrees').length;
        assert.equal(state.progress.repaired, differing);
        assertSentOnce(world, inside);
      }),
      { numRuns: 400 },
    );
  });

  it('skips nothing after it was killed at any call', async () => {
    await fc.assert(
      fc.asyncProperty(
        bucket,
        fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 5 }),
        async (contents, kills) => {
          const world = await worldOf(contents);

          for (const lastCall of kills) await sweepUntilCall(lastCall, world);
          await finish(world);
          world.letTimePass();
          // If the process was killed between record and message, an image is queued without a message.
          await sweep(request({ passes: ['stuck'] }), world.ports());

          await assertAgreement(world);
          const sent = new Set(world.sent.map((message) => message.name));
          assert.sameMembers([...sent], namesToSend(contents));
        },
      ),
      { numRuns: 400 },
    );
  });

  it('repeats and counts nothing twice after it was killed at any end of a page', async () => {
    await fc.assert(
      fc.asyncProperty(
        bucket,
        fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 }),
        async (contents, kills) => {
          const world = await worldOf(contents);

          for (const pages of kills) await sweepUntilPage(pages, world);
          const { state } = await finish(world);

          assertSentOnce(world, contents);
          const listed = contents.filter(([, fate]) => fate !== 'gone').length;
          // If the sweep had ended before the last kill, a new sweep started and found nothing.
          if (state.progress.repaired > 0) assert.equal(state.progress.listed, listed);
          await assertAgreement(world);
        },
      ),
      { numRuns: 400 },
    );
  });
});

async function worldOf(contents: readonly (readonly [string, Fate])[]): Promise<SweepWorld> {
  const world = new SweepWorld();
  for (const [key, fate] of contents) {
    const object = fate === 'missing' ? await world.upload(key) : await world.record(key);
    if (fate === 'outdated') await world.upload(key);
    if (fate === 'gone') await world.objects.remove(object);
    if (fate !== 'missing') await world.fail(key);
  }
  world.letTimePass();
  return world;
}

/** Runs a sweep that is killed at a call, and lets its lease expire. */
async function sweepUntilCall(lastCall: number, world: SweepWorld): Promise<void> {
  await sweep(request(), killablePorts(world.ports({ pageSize: 3 }), new Lifetime(lastCall))).catch(
    expectKilled,
  );
  world.letTimePass(PAST_LEASE_MS);
}

async function sweepUntilPage(pages: number, world: SweepWorld): Promise<void> {
  let saves = 0;
  const lifetime = new Lifetime(Number.POSITIVE_INFINITY);
  const ports = killablePorts(world.ports({ pageSize: 3, saveEveryMs: 0 }), lifetime);
  const { sweeps } = ports;
  const update: typeof sweeps.update = async (state, version) => {
    const saved = await sweeps.update(state, version);
    saves += 1;
    if (saves > pages) throw new Killed('killed at a page boundary');
    return saved;
  };
  const killedSweeps = { get: sweeps.get, create: sweeps.create, update };
  await sweep(request(), { ...ports, sweeps: killedSweeps }).catch(expectKilled);
  world.letTimePass(PAST_LEASE_MS);
}

async function finish(world: SweepWorld): Promise<SweepOutcome> {
  const outcome = await sweep(request(), world.ports({ pageSize: 3 }));
  assert.equal(outcome.outcome, 'done');
  return outcome;
}

function killablePorts(ports: SweepPorts, lifetime: Lifetime): SweepPorts {
  return {
    ...ports,
    objects: killable(ports.objects, lifetime),
    records: killable(ports.records, lifetime),
    sweeps: killable(ports.sweeps, lifetime),
    publisher: killable(ports.publisher, lifetime),
  };
}

function expectKilled(error: unknown): void {
  if (!(error instanceof Killed)) throw error;
}

async function assertAgreement(world: SweepWorld): Promise<void> {
  const { objects } = await world.objects.list(BUCKET, {});
  assert.deepEqual(await world.records.digest(prefixRange(BUCKET, '')), digestOf(objects.map(fingerprint)));
}

function assertSentOnce(world: SweepWorld, contents: readonly (readonly [string, Fate])[]): void {
  assert.sameMembers(
    world.sent.map((message) => message.name),
    namesToSend(contents),
  );
}

function namesToSend(contents: readonly (readonly [string, Fate])[]): string[] {
  return contents.filter(([, fate]) => fate === 'missing' || fate === 'outdated').map(([key]) => key);
}

import { ingest } from '@hangtag/functions/ingest/handler.js';
import { DailySpendGuard, type SpendPolicy } from '@hangtag/functions/spend/guard.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { MemorySpending } from '@hangtag/shared/adapters/memory/spending.js';
import { type Budget, dailyImages, shareOf } from '@hangtag/shared/domain/budget.js';
import { DEFAULT_TENANT, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { assert } from 'chai';
import fc from 'fast-check';
import { request, SweepWorld } from '../support/sweep-world.js';

const DAY_MS = 24 * 3_600_000;
const OTHER = 'other' as TenantId;

describe('The daily budget', () => {
  it('is the stricter of images and money', () => {
    assert.equal(dailyImages({ imagesPerDay: 10, usdPerDay: 1 }, 0.5), 2);
    assert.equal(dailyImages({ imagesPerDay: 1, usdPerDay: 1 }, 0.5), 1);
    assert.equal(dailyImages({}, 0.5), Number.POSITIVE_INFINITY);
  });

  it('is divided into shares that shrink to one image', () => {
    const terms = { limit: 100, unseen: 0, workers: 10, nowMs: 0, dayEndsMs: DAY_MS };

    assert.equal(shareOf({ ...terms, spent: 0 }).left, 10);
    assert.equal(shareOf({ ...terms, spent: 95 }).left, 1);
    assert.deepEqual(shareOf({ ...terms, spent: 100 }), { left: 0, until: DAY_MS });
  });
});

describe('The spend guard', () => {
  it('queues exactly the budget of a tenant, and reports once that it is used up', async () => {
    const { world, exhausted, guard } = guarded({ perTenant: () => ({ imagesPerDay: 3 }) });

    for (let i = 0; i < 6; i += 1) await arrive(world, guard, `${i}`);

    assert.deepEqual(statuses(world), ['queued', 'queued', 'queued', 'deferred', 'deferred', 'deferred']);
    assert.lengthOf(world.sent, 3);
    assert.deepEqual(exhausted, [DEFAULT_TENANT]);
  });

  it('gives each tenant its own budget', async () => {
    const { world, guard } = guarded({ perTenant: () => ({ imagesPerDay: 1 }) });

    for (const name of ['1', '2', `tenants/${OTHER}/1`]) await arrive(world, guard, name);

    assert.deepEqual(statuses(world), ['queued', 'deferred', 'queued']);
  });

  it('counts no image that was refused or deferred, deleted or not', async () => {
    const { world, guard } = guarded({
      perTenant: () => ({ imagesPerDay: 5 }),
      overall: { imagesPerDay: 7 },
    });
    const refused = await world.upload('empty');
    const ports = { ...world.ports(), spendGuard: guard };
    const objectNamed = (index: number) => ({ ...refused, name: `tenants/${OTHER}/${index}` });
    const send = (kind: 'finalized' | 'deleted', object: StoredObject) => ingest({ kind, object }, ports);
    world.letTimePass(1);

    for (let index = 0; index < 20; index += 1) {
      const empty = { ...objectNamed(index), size: 0 };
      await send('finalized', empty);
      if (index % 2 === 0) await send('deleted', empty);
    }
    for (let index = 100; index < 120; index += 1) {
      await send('finalized', objectNamed(index));
      if (index >= 105) await send('deleted', objectNamed(index));
    }
    for (let index = 200; index < 220; index += 1) await send('deleted', objectNamed(index));

    assert.lengthOf(world.sent, 5, 'the images of the tenant that uploaded them all');
    await arrive(world, guard, 'of-another-tenant-1');
    await arrive(world, guard, 'of-another-tenant-2');
    assert.lengthOf(world.sent, 7);
  });

  it('applies the common budget to all tenants', async () => {
    const { world, guard, exhausted } = guarded({ overall: { usdPerDay: 0.02 } });

    for (const name of ['1', `tenants/${OTHER}/1`, '2']) await arrive(world, guard, name);

    assert.deepEqual(statuses(world), ['queued', 'queued', 'deferred']);
    assert.deepEqual(exhausted, ['all']);
  });

  it('counts a tenant once, however many of its images the common budget refuses', async () => {
    const { world, guard, counted } = guarded({
      perTenant: () => ({ imagesPerDay: 4 }),
      overall: { imagesPerDay: 1 },
    });

    for (let i = 0; i < 10; i += 1) await arrive(world, guard, `${i}`);

    assert.deepEqual(counted, [DEFAULT_TENANT, 'all', 'all']);
  });

  it('follows a limit of a tenant that is set, and raised after it was reached', async () => {
    let limit: Budget = {};
    const { world, guard } = guarded({ perTenant: () => limit });

    await arrive(world, guard, '1');
    limit = { imagesPerDay: 1 };
    await arrive(world, guard, '2');
    limit = { imagesPerDay: 2 };
    await arrive(world, guard, '3');

    assert.deepEqual(statuses(world), ['queued', 'deferred', 'queued']);
  });

  it('exceeds the budget by at most one image for each other worker', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: 20 }),
        fc.array(fc.nat({ max: 3 }), { maxLength: 40 }),
        async (imagesPerDay, turns) => {
          const { world, another } = guarded({ perTenant: () => ({ imagesPerDay }), workers: 4 });
          const workers = [another(), another(), another(), another()];

          for (const [index, turn] of turns.entries()) await arrive(world, workers[turn], `${index}`);

          const queued = statuses(world).filter((status) => status === 'queued').length;
          assert.isAtMost(queued, imagesPerDay + workers.length - 1);
          if (turns.length <= imagesPerDay / workers.length) assert.equal(queued, turns.length);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('lets the sweep requeue deferred images on the next day, within the budget of that day', async () => {
    const { world, guard } = guarded({ perTenant: () => ({ imagesPerDay: 2 }) });
    for (let i = 0; i < 5; i += 1) await arrive(world, guard, `${i}`);
    const ports = { ...world.ports(), spendGuard: guard };
    const resume = request({ passes: ['deferred'] });

    world.letTimePass();
    const sameDay = await sweep(resume, ports);
    world.letTimePass(DAY_MS);
    const nextDay = await sweep(resume, ports);

    assert.include(sameDay.state.progress, { deferred: 3, repaired: 0, postponed: 3 });
    assert.include(nextDay.state.progress, { deferred: 3, repaired: 2, postponed: 1 });
    assert.lengthOf(world.sent, 4);
  });

  it('applies the budget to missed images that the sweep finds', async () => {
    const { world, guard } = guarded({ perTenant: () => ({ imagesPerDay: 1 }) });
    for (let i = 0; i < 4; i += 1) await world.upload(`${i}`);
    world.letTimePass();

    await sweep(request({ passes: ['objects'] }), { ...world.ports(), spendGuard: guard });

    assert.lengthOf(world.sent, 1);
    assert.sameMembers(statuses(world), ['queued', 'deferred', 'deferred', 'deferred']);
  });

  it('queues exactly the budget if many images arrive at the same time', async () => {
    const { world, guard } = guarded({ perTenant: () => ({ imagesPerDay: 7 }) });
    const objects = await Promise.all(Array.from({ length: 50 }, (_, index) => world.upload(`${index}`)));

    const ports = { ...world.ports(), spendGuard: guard };
    await Promise.all(objects.map((object) => ingest({ kind: 'finalized', object }, ports)));

    assert.lengthOf(world.sent, 7);
  });

  it('asks for no day and counts nothing without a limit', async () => {
    const { world } = guarded({});
    const refused = async () => {
      throw new Error('Expected no count without a limit');
    };
    const guard = new DailySpendGuard(
      { perTenant: () => ({}), overall: {}, usdPerImage: 0.01, workers: 1 },
      { spending: { imagesSince: refused }, clock: world.clock, dayOf: refused, onExhausted: refused },
    );

    const allowed = [1, 2].map(() => guard.spend('acme' as TenantId, async (isAllowed) => isAllowed));

    assert.deepEqual(await Promise.all(allowed), [true, true]);
  });
});

function guarded(policy: Partial<SpendPolicy>) {
  const world = new SweepWorld();
  const exhausted: string[] = [];
  const counted: string[] = [];
  const spending = new MemorySpending(world.records);
  const ports = {
    spending: {
      imagesSince: async (sinceMs: number, tenant?: TenantId) => {
        counted.push(tenant ?? 'all');
        return spending.imagesSince(sinceMs, tenant);
      },
    },
    clock: world.clock,
    dayOf: async (nowMs: number) => {
      const fromMs = Math.floor(nowMs / DAY_MS) * DAY_MS;
      return { fromMs, toMs: fromMs + DAY_MS };
    },
    onExhausted: async (tenant: TenantId | undefined) => {
      exhausted.push(tenant ?? 'all');
    },
  };
  const another = () =>
    new DailySpendGuard(
      { perTenant: () => ({}), overall: {}, usdPerImage: 0.01, workers: 1, ...policy },
      ports,
    );
  return { world, exhausted, counted, another, guard: another() };
}

async function arrive(
  world: SweepWorld,
  spendGuard: DailySpendGuard | undefined,
  name: string,
): Promise<void> {
  world.letTimePass(1);
  const object = await world.upload(name);
  await ingest({ kind: 'finalized', object }, { ...world.ports(), ...(spendGuard && { spendGuard }) });
}

function statuses(world: SweepWorld): string[] {
  return [...world.records.entries()].map(({ record }) => record.status);
}

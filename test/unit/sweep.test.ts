import { type SweepOutcome, sweep } from '@hangtag/functions/sweep/handler.js';
import type { SweepPorts } from '@hangtag/functions/sweep/ports.js';
import type { TenantId } from '@hangtag/shared/domain/identity.js';
import { onAction, type SweepState } from '@hangtag/shared/domain/sweep-state.js';
import { TransientError } from '@hangtag/shared/errors.js';
import { NoSuchBucket } from '@hangtag/shared/ports/object-store.js';
import { assert } from 'chai';
import { MODEL, NEXT_MODEL } from '../fixtures/records.js';
import { present } from '../support/present.js';
import { BUCKET, request, SweepWorld } from '../support/sweep-world.js';

describe('sweep', () => {
  it('reads only one digest per page if bucket and records match', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 30; i += 1) await world.record(`a/${i}.jpg`);

    const { state } = await sweep(request({ passes: ['objects'] }), world.ports());

    // The last name of a page is the first of the next one: a page of ten covers nine names.
    assert.include(state.progress, { listed: 30, proved: 30, reads: 4, writes: 0, repaired: 0 });
    assert.equal(state.status, 'done');
  });

  it('queues an object whose event was lost', async () => {
    const world = new SweepWorld();
    await world.record('a.jpg');
    const lost = await world.upload('b.jpg');
    world.letTimePass();

    const { state } = await sweep(request({ passes: ['objects'] }), world.ports());

    assert.include(state.progress, { missing: 1, repaired: 1 });
    assert.deepEqual(
      world.sent.map(({ name, generation }) => ({ name, generation })),
      [{ name: 'b.jpg', generation: lost.generation }],
    );
  });

  it('does not repair a recent upload, whose event may still be processed', async () => {
    const world = new SweepWorld();
    await world.upload('b.jpg');

    const { state } = await sweep(request({ passes: ['objects'] }), world.ports());

    assert.include(state.progress, { missing: 0, proved: 0, void: 1 });
    assert.isEmpty(world.sent);
  });

  it('queues a generation that is newer than its record', async () => {
    const world = new SweepWorld();
    await world.record('a.jpg');
    const newer = await world.upload('a.jpg');
    world.letTimePass();

    const { state } = await sweep(request({ passes: ['objects'] }), world.ports());

    assert.include(state.progress, { outdated: 1, repaired: 1 });
    assert.equal(world.sent[0]?.generation, newer.generation);
  });

  it('marks records of deleted objects before the first name, between names and after the last name', async () => {
    const world = new SweepWorld();
    for (const name of ['a', 'b', 'c', 'd', 'e']) await world.record(name);
    for (const name of ['a', 'c', 'e']) {
      await world.objects.remove(present(await world.objects.stat(BUCKET, name), name));
    }

    const { state } = await sweep(request(), world.ports());

    assert.include(state.progress, { gone: 3, repaired: 3 });
    assert.deepEqual(presentNames(world), ['b', 'd']);
  });

  it('marks every record of an emptied bucket, page by page', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 50; i += 1) {
      const object = await world.record(`${i}`);
      await world.objects.remove(object);
    }

    const repaired: number[] = [];
    const onPage = ({ progress }: SweepState) => repaired.push(progress.repaired);
    const { state } = await sweep(request(), world.ports(), { onPage });

    assert.include(state.progress, { gone: 50, repaired: 50, listed: 0 });
    assert.deepEqual(repaired.slice(0, 5), [10, 20, 30, 40, 50]);
    assert.isEmpty(presentNames(world));
  });

  it('finds no record missing that was written after the digest was read', async () => {
    const world = new SweepWorld();
    for (const name of ['a', 'b', 'c']) await world.record(name);
    world.letTimePass();
    const digestNow = world.records.digest.bind(world.records);
    world.records.digest = async (range) => {
      const { count, sum } = await digestNow(range);
      const [last] = [...world.records.entries()].slice(-1);
      return { count: count - 1, sum: sum - (last?.record.check ?? 0) };
    };

    const { state } = await sweep(request({ passes: ['objects'] }), world.ports());

    assert.include(state.progress, { missing: 0, repaired: 0, void: 0 });
  });

  it('stays inside its prefix', async () => {
    const world = new SweepWorld();
    for (const name of ['a/1', 'b/1', 'b0']) await world.upload(name);
    await world.objects.remove(await world.record('c/gone'));
    world.letTimePass();

    const { state } = await sweep(request({ prefix: 'b/' }), world.ports());

    assert.include(state.progress, { listed: 1, missing: 1, gone: 0 });
    assert.deepEqual(
      world.sent.map(({ name }) => name),
      ['b/1'],
    );
  });

  it('records an object that is not admitted without queueing it', async () => {
    const world = new SweepWorld();
    await world.upload('processed/hat/a.jpg');
    world.letTimePass();

    const { state } = await sweep(request(), world.ports());

    assert.include(state.progress, { missing: 1, repaired: 1, messages: 0 });
  });

  it('publishes one new message for an image that is queued for too long', async () => {
    const world = new SweepWorld();
    await world.record('old.jpg');
    world.letTimePass();
    await world.record('fresh.jpg');

    const first = await sweep(request({ passes: ['stuck'] }), world.ports());
    const second = await sweep(request({ passes: ['stuck'] }), world.ports());

    assert.include(first.state.progress, { stuck: 1, repaired: 1 });
    assert.include(second.state.progress, { stuck: 0, repaired: 0 });
    assert.deepEqual(
      world.sent.map(({ name }) => name),
      ['old.jpg'],
    );
  });

  it('requeues labels of another model on request', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 25; i += 1) await world.label(await world.record(`old/${i}`), MODEL);
    await world.label(await world.record('new/1'), NEXT_MODEL);
    const ports = world.ports();

    const routine = await sweep(request(), ports);
    const requested = await sweep(request({ passes: ['stale-model'] }), ports);
    const again = await sweep(request({ passes: ['stale-model'] }), ports);

    assert.equal(routine.state.progress.repaired, 0);
    assert.include(requested.state.progress, { stale: 25, repaired: 25 });
    assert.include(again.state.progress, { stale: 0, repaired: 0 });
    assert.lengthOf(new Set(world.sent.map(({ name }) => name)), 25);
    assert.lengthOf(world.sent, 25);
  });

  it('requeues, in each tenant, what another model labelled than the one that is active there', async () => {
    const world = new SweepWorld();
    world.ownModels.set('acme' as TenantId, { ...MODEL, digest: '' });
    const names = ['a.jpg', 'tenants/abc/a.jpg', 'tenants/acme/a.jpg', 'tenants/acmf/a.jpg', 'z.jpg'];
    for (const name of names) {
      await world.label(await world.record(name), MODEL);
      await world.label(await world.record(`${name}.new`), NEXT_MODEL);
    }

    const { state } = await sweep(request({ passes: ['stale-model'] }), world.ports());
    const again = await sweep(request({ passes: ['stale-model'] }), world.ports());

    assert.deepEqual(world.sent.map(({ name }) => name).toSorted(), [
      'a.jpg',
      'tenants/abc/a.jpg',
      'tenants/acme/a.jpg.new',
      'tenants/acmf/a.jpg',
      'z.jpg',
    ]);
    assert.include(state.progress, { stale: 5, repaired: 5 });
    assert.include(again.state.progress, { stale: 0 });
  });

  it('counts in a dry run what it would do, and changes nothing', async () => {
    const world = new SweepWorld();
    await world.record('stuck.jpg');
    await world.label(await world.record('old.jpg'), MODEL);
    await world.upload('missing.jpg');
    await world.upload('processed/missing.jpg');
    await world.objects.remove(await world.record('gone.jpg'));
    world.letTimePass();
    const ports = world.ports();
    const before = [...world.records.entries()];
    const passes = ['objects', 'stuck', 'deferred', 'stale-model'] as const;

    const { state } = await sweep(request({ passes, mode: 'dry-run' }), ports);

    assert.include(state.progress, { missing: 2, gone: 1, stuck: 2, stale: 1, repaired: 0 });
    assert.isAbove(state.costEstimate, 0);
    assert.deepEqual([...world.records.entries()], before);
    assert.isEmpty(world.sent);
  });

  it('stops at its time budget and continues at the same place', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 40; i += 1) await world.upload(`${i}`);
    world.letTimePass();
    const slow = slowedBy(world.ports({ timeBudgetMs: 1_500 }), () => world.letTimePass(1_000));

    const outcomes: SweepOutcome[] = [];
    do outcomes.push(await sweep(request({ passes: ['objects'] }), slow));
    while (outcomes.at(-1)?.outcome === 'out-of-time' && outcomes.length < 20);

    assert.equal(outcomes.at(-1)?.outcome, 'done');
    assert.isAbove(outcomes.length, 2);
    assert.equal(outcomes.at(-1)?.state.progress.listed, 40);
    assert.lengthOf(world.sent, 40);
  });

  it('refuses a second sweep while one runs', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 40; i += 1) await world.upload(`${i}`);
    world.letTimePass();
    const ports = world.ports();

    const [a, b] = await Promise.all([sweep(request(), ports), sweep(request(), ports)]);

    assert.sameMembers([a.outcome, b.outcome], ['done', 'refused']);
    assert.lengthOf(world.sent, 40);
  });

  it('refuses the second request of a schedule that fires twice', async () => {
    const world = new SweepWorld();
    const nightly = request({ requestId: '2026-01-01T02:00:00Z' });

    const first = await sweep(nightly, world.ports());
    const second = await sweep(nightly, world.ports());
    const control = await sweep({ ...nightly, requestId: '2026-01-02T02:00:00Z' }, world.ports());

    assert.equal(first.outcome, 'done');
    assert.deepInclude(second, { outcome: 'refused', because: 'done-already' });
    assert.equal(control.outcome, 'done');
  });

  it('pauses at the next page, continues when resumed, and misses nothing', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 40; i += 1) await world.upload(`${i}`);
    world.letTimePass();
    let pages = 0;
    const action = async (kind: 'pause' | 'resume') => {
      const found = await world.sweeps.get(BUCKET);
      const state = found?.state && onAction(found.state, kind, world.nowMs);
      if (found && state) await world.sweeps.update(state, found.version);
    };
    const watched = slowedBy(world.ports(), () => {
      pages += 1;
      return pages === 3 ? action('pause') : undefined;
    });

    const paused = await sweep(request({ passes: ['objects'] }), watched);
    const refused = await sweep(request({ passes: ['objects'] }), watched);
    await action('resume');
    const done = await sweep(request({ passes: ['objects'] }), watched);

    assert.equal(paused.outcome, 'paused');
    assert.isBelow(paused.state.progress.listed, 40);
    assert.deepInclude(refused, { outcome: 'refused', because: 'paused' });
    assert.equal(done.outcome, 'done');
    assert.equal(done.state.progress.listed, 40);
    assert.lengthOf(world.sent, 40);
  });

  it('starts a new sweep if the cursor in the document is outside of the prefix', async () => {
    const world = new SweepWorld();
    await world.upload('b/1');
    world.letTimePass();
    const { state } = await sweep(request({ prefix: 'b/', mode: 'dry-run' }), world.ports());
    const { version } = present(await world.sweeps.get(BUCKET), 'the state of a sweep');
    const broken = { ...state, status: 'running', mode: 'repair', pass: 'objects', cursor: 'z' } as const;
    await world.sweeps.update(broken, version);

    const outcome = await sweep(request({ prefix: 'b/' }), world.ports());

    assert.include(outcome.state.progress, { missing: 1, repaired: 1 });
  });

  it('refuses a bucket that does not exist and writes nothing', async () => {
    const world = new SweepWorld();

    const error = await sweep(request({ bucket: 'nowhere' }), world.ports()).catch(
      (reason: unknown) => reason,
    );

    assert.instanceOf(error, NoSuchBucket);
    assert.isUndefined(await world.sweeps.get('nowhere'));
  });

  it('succeeds for a prefix without objects', async () => {
    const world = new SweepWorld();
    await world.upload('a');

    const { outcome, state } = await sweep(request({ prefix: 'nothing/' }), world.ports());

    assert.equal(outcome, 'done');
    assert.include(state.progress, { listed: 0, repaired: 0 });
  });

  it('repeats a page in the next run if its messages could not be published', async () => {
    const world = new SweepWorld();
    for (let i = 0; i < 5; i += 1) await world.upload(`${i}`);
    world.letTimePass();
    const ports = world.ports();
    const down = {
      ...ports,
      publisher: { publish: () => Promise.reject(new TransientError('topic is down')) },
    };

    const error = await sweep(request(), down).catch((reason: unknown) => reason);
    world.letTimePass();
    const { state } = await sweep(request(), ports);

    assert.instanceOf(error, TransientError);
    assert.equal(state.status, 'done');
    assert.lengthOf(world.sent, 5);
  });

  it('skips a record that cannot be written, and reports it', async () => {
    const world = new SweepWorld();
    for (const name of ['a', 'bad', 'c']) await world.upload(name);
    world.letTimePass();
    const ports = world.ports();
    const records: SweepPorts['records'] = Object.assign(Object.create(ports.records), {
      create: (...[key, record]: Parameters<SweepPorts['records']['create']>) =>
        record.name === 'bad' ? Promise.reject(new TypeError('bad')) : world.records.create(key, record),
      digest: world.records.digest.bind(world.records),
      scan: world.records.scan.bind(world.records),
      get: world.records.get.bind(world.records),
    });
    const failures: string[] = [];

    const { state } = await sweep(
      request({ passes: ['objects'] }),
      { ...ports, records },
      { onFailure: ({ name }) => failures.push(name) },
    );

    assert.include(state.progress, { repaired: 2, failed: 1 });
    assert.deepEqual(failures, ['bad']);
  });

  it('asks for an object again before it marks its record as deleted', async () => {
    const world = new SweepWorld();
    await world.record('a');
    const ports = world.ports();
    // Listed before the upload of 'b', compared after it.
    const objects: SweepPorts['objects'] = {
      read: (version, max) => world.objects.read(version, max),
      stat: (bucket, name) => world.objects.stat(bucket, name),
      write: (object) => world.objects.write(object),
      remove: (version) => world.objects.remove(version),
      list: async (bucket, listing) => {
        const page = await world.objects.list(bucket, listing);
        return { ...page, objects: page.objects.filter(({ name }) => name !== 'b') };
      },
    };
    await world.record('b');

    const { state } = await sweep(request({ passes: ['objects'] }), { ...ports, objects });

    assert.include(state.progress, { gone: 0, repaired: 0 });
    assert.deepEqual(presentNames(world), ['a', 'b']);
  });
});

function presentNames(world: SweepWorld): string[] {
  const present = [...world.records.entries()].filter(({ record }) => record.present);
  return present.map(({ record }) => record.name).sort();
}

/** The same ports, with a call of `happen` before each listing. */
function slowedBy(ports: SweepPorts, happen: () => unknown): SweepPorts {
  const { objects } = ports;
  return {
    ...ports,
    objects: {
      read: (version, max) => objects.read(version, max),
      stat: (bucket, name) => objects.stat(bucket, name),
      write: (object, options) => objects.write(object, options),
      remove: (version) => objects.remove(version),
      list: async (bucket, listing) => {
        await happen();
        return objects.list(bucket, listing);
      },
    },
  };
}

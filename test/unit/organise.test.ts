import { ingest } from '@hangtag/functions/ingest/handler.js';
import { type OrganisePolicy, organise } from '@hangtag/functions/organise/handler.js';
import { sweep } from '@hangtag/functions/sweep/handler.js';
import { MemoryObjectCopier } from '@hangtag/shared/adapters/memory/object-copier.js';
import { destinationOf } from '@hangtag/shared/domain/destination.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { assert } from 'chai';
import { aCorrection, aLabelledRecord, aRecord, MODEL, VERDICT } from '../fixtures/records.js';
import { present } from '../support/present.js';
import { BUCKET, request, SweepWorld } from '../support/sweep-world.js';

const PLACE = `processed/${VERDICT.category}/a.jpg`;

describe('The place of a settled image', () => {
  const cases = {
    'is by its category': [aLabelledRecord({ name: 'x/a.jpg' }), 'processed/Handbags/x/a.jpg'],
    'is inside the folder of its tenant': [
      aLabelledRecord({ name: 'tenants/t/x/a.jpg' }),
      'tenants/t/processed/Handbags/x/a.jpg',
    ],
    'is by the correction where there is one': [
      aLabelledRecord({ name: 'a.jpg', correction: aCorrection() }),
      'processed/Heels/a.jpg',
    ],
    'is by the reason if it failed': [
      aRecord({ name: 'a.jpg', status: 'failed', reason: 'corrupt' }),
      'quarantine/corrupt/a.jpg',
    ],
    'is one folder where the category contains a slash': [
      aLabelledRecord({ name: 'a.jpg', category: 'T-shirt/top' }),
      'processed/T-shirt-top/a.jpg',
    ],
    'is undefined while the image is queued': [aRecord({ name: 'a.jpg' }), undefined],
  } as const;
  for (const [what, [record, place]] of Object.entries(cases)) {
    it(what, () => {
      assert.equal(destinationOf(record), place);
    });
  }

  it('never has a longer name than a bucket accepts', () => {
    const place = destinationOf(aLabelledRecord({ name: 'x'.repeat(1_020) }));

    assert.match(place ?? '', /^processed\/Handbags\/[\w-]{43}$/);
  });
});

describe('Organising', () => {
  it('copies a labelled image to its place once, however often the message is delivered', async () => {
    const { world, object, run } = await labelledWorld('copy');

    const outcomes = [await run(), await run()];

    assert.deepEqual(
      outcomes.map(({ place }) => place),
      [PLACE, PLACE],
    );
    assert.sameMembers(await names(world), ['a.jpg', PLACE]);
    assert.equal((await world.objects.stat(BUCKET, 'a.jpg'))?.generation, object.generation);
  });

  it('neither records nor queues its own copies', async () => {
    const { world, run } = await labelledWorld('copy');
    await run();
    const copy = present(await world.objects.stat(BUCKET, PLACE), `a copy at ${PLACE}`);
    const open = { ...world.ports(), policy: { includePrefixes: [], excludePrefixes: [], maxBytes: 1_000 } };

    await ingest({ kind: 'finalized', object: copy }, open);
    const own = [...world.records.entries()].filter(({ record }) => record.name === PLACE);
    await ingest({ kind: 'finalized', object: { ...copy, name: 'by-a-user.jpg', metadata: {} } }, open);

    assert.deepEqual(own, [], 'not recorded');
    assert.deepEqual(
      world.sent.map(({ name }) => name),
      ['by-a-user.jpg'],
    );
  });

  it('moves an image and keeps its labels, also after the event of the deletion', async () => {
    const { world, object, run } = await labelledWorld('move');

    await run();
    await ingest({ kind: 'deleted', object }, world.ports());

    assert.deepEqual(await names(world), [PLACE]);
    const [entry] = world.records.entries();
    assert.include(entry?.record, { status: 'done', category: VERDICT.category, present: false });
  });

  it('leaves no difference for the sweep to repair', async () => {
    const { world, run } = await labelledWorld('move');
    await run();
    const copy = await world.objects.stat(BUCKET, PLACE);
    await ingest({ kind: 'finalized', object: present(copy, `a copy at ${PLACE}`) }, world.ports());
    world.letTimePass();

    const { state } = await sweep(request(), world.ports());

    assert.include(state.progress, { missing: 0, gone: 0, outdated: 0, repaired: 0 });
  });

  it('keeps an image that went back into the queue', async () => {
    const { world, object, run } = await labelledWorld('move');
    const [first] = world.records.entries();
    const { key, version } = present(first, 'a record');
    await world.records.update(key, { set: { status: 'queued' } }, version);

    const { outcome } = await run();

    assert.equal(outcome, 'void');
    assert.equal((await world.objects.stat(BUCKET, 'a.jpg'))?.generation, object.generation);
  });

  it('replaces the copy of an older generation, and is not replaced by one', async () => {
    const { world, run } = await labelledWorld('copy');
    await run();
    const newer = await world.record('a.jpg');
    await world.label(newer, MODEL);

    await organise(imageMessageOf(newer), portsOf(world, { mode: 'copy', isMeant: () => true }));
    const late = await run();

    assert.equal(late.outcome, 'void');
    const copy = await world.objects.stat(BUCKET, PLACE);
    assert.equal(copy?.metadata['hangtag-source-generation'], newer.generation);
  });

  it('uses another place if an uploaded object has its place', async () => {
    const { world, object, run } = await labelledWorld('copy');
    await world.upload(PLACE);

    const first = await run();
    const second = await run();

    assert.equal(first['place'], `${PLACE}~${object.generation}`);
    assert.equal(second['place'], first['place']);
    assert.lengthOf(await names(world), 3);
  });

  const claims = {
    'a newer source': { 'hangtag-source-generation': '9999999999999999999' },
    'no generation as its source': { 'hangtag-source-generation': 'x' },
    'that Hangtag wrote it': { 'hangtag-source-generation': '1', 'hangtag-written-by': 'hangtag' },
  };
  for (const [claim, metadata] of Object.entries(claims)) {
    it(`keeps the content of the original if another object claims ${claim}`, async () => {
      const { world, object, run } = await labelledWorld('move');
      const original = await contentOf(world, 'a.jpg');
      await world.objects.write({ bucket: BUCKET, name: PLACE, bytes: Uint8Array.of(6) }, { metadata });

      const first = await run();
      const second = await run();

      assert.equal(first.outcome, 'filed');
      assert.deepEqual(await contentOf(world, String(first['place'])), original);
      assert.notEqual(second.outcome, 'blocked');
      assert.isUndefined(await world.objects.stat(BUCKET, object.name));
    });
  }

  it('keeps the original if an object claims to be its copy and has other content', async () => {
    const { world, object, run } = await labelledWorld('move');
    const metadata = { 'hangtag-source-generation': object.generation };
    await world.objects.write({ bucket: BUCKET, name: PLACE, bytes: Uint8Array.of(6) }, { metadata });
    const original = await contentOf(world, 'a.jpg');

    await run();

    assert.deepEqual(await contentOf(world, PLACE), original);
  });

  it('does not move an image while other objects are at both of its places', async () => {
    const { world, object, run } = await labelledWorld('move');
    await world.upload(PLACE);
    await world.upload(`${PLACE}~${object.generation}`);

    const { outcome } = await run();

    assert.equal(outcome, 'blocked');
    assert.equal((await world.objects.stat(BUCKET, 'a.jpg'))?.generation, object.generation);
    const [entry] = world.records.entries();
    assert.include(entry?.record, { status: 'done', present: true });
  });

  it('does nothing if it is off, or is meant for other tenants', async () => {
    const { world, object } = await labelledWorld('copy');

    await organise(imageMessageOf(object), portsOf(world, { mode: 'off', isMeant: () => true }));
    await organise(
      imageMessageOf(object),
      portsOf(world, { mode: 'copy', isMeant: (tenant) => tenant === 'other' }),
    );

    assert.deepEqual(await names(world), ['a.jpg']);
  });
});

async function labelledWorld(mode: OrganisePolicy['mode']) {
  const world = new SweepWorld();
  const object: StoredObject = await world.record('a.jpg');
  await world.label(object, MODEL);
  const run = () => organise(imageMessageOf(object), portsOf(world, { mode, isMeant: () => true }));
  return { world, object, run };
}

function portsOf({ records, objects }: SweepWorld, policy: OrganisePolicy) {
  return { records, objects, copier: new MemoryObjectCopier(objects), policy };
}

async function contentOf({ objects }: SweepWorld, name: string): Promise<Uint8Array | undefined> {
  const object = await objects.stat(BUCKET, name);
  return object && objects.read(object, 1_000);
}

async function names(world: SweepWorld): Promise<string[]> {
  return (await world.objects.list(BUCKET, {})).objects.map(({ name }) => name);
}

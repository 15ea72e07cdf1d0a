import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ObjectEvent } from '@hangtag/emulators/bucket/resource.js';
import { EventDelivery, type EventDeliveryOptions } from '@hangtag/emulators/events/event-delivery.js';
import { expect } from 'chai';
import { until } from '../support/until.js';
import {
  type BucketFixture,
  type EventTarget,
  startBucketFixture,
  startEventTarget,
  stopBucketFixture,
} from './bucket-fixture.js';

const QUICK = { min: 1, max: 4 };

describe('events of the bucket server', () => {
  const endings: (() => Promise<void> | void)[] = [];

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  async function prepareTarget(status?: (index: number) => number): Promise<EventTarget> {
    const target = await startEventTarget(status);
    endings.push(target.close);
    return target;
  }

  function prepareDelivery(target: EventTarget, options: Partial<EventDeliveryOptions> = {}): EventDelivery {
    const targets = {
      finalized: target.url,
      deleted: target.url,
      metadataUpdated: target.url,
      archived: target.url,
    };
    const delivery = new EventDelivery({ targets, backoffMs: QUICK, ...options });
    endings.push(() => delivery.close());
    return delivery;
  }

  async function prepareBucket(delivery: EventDelivery): Promise<BucketFixture> {
    const fixture = await startBucketFixture({ onEvent: delivery.deliver });
    endings.push(() => stopBucketFixture(fixture));
    return fixture;
  }

  it('have the format of Eventarc', async () => {
    const target = await prepareTarget();
    const { bucket, server } = await prepareBucket(prepareDelivery(target));
    const file = bucket.file('dresses/\u{1f457} "red" 100%.jpg');

    await file.save('picture', {
      resumable: false,
      metadata: { contentType: 'image/jpeg', metadata: { owner: 'ann' } },
    });
    await until('the event', () => server.pendingEvents() === 0 && target.received.length === 1);

    const [metadata] = await file.getMetadata();
    const [event] = target.received;
    expect(event?.headers).to.include({
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.storage.object.v1.finalized',
      'ce-source': '//storage.googleapis.com/projects/_/buckets/inbox',
      'ce-subject': 'objects/dresses/%F0%9F%91%97%20%22red%22%20100%25.jpg',
      'ce-bucket': 'inbox',
      'ce-time': metadata.timeCreated,
    });
    expect(event?.headers['ce-id']).to.be.a('string');
    expect(event?.headers['content-type']).to.match(/^application\/json/);
    expect(event?.body).to.deep.equal(JSON.parse(JSON.stringify(metadata)));
    expect(event?.body).to.include({
      kind: 'storage#object',
      size: '7',
      metageneration: '1',
      contentType: 'image/jpeg',
    });
    expect(event?.body['generation']).to.match(/^\d{16}$/);
  });

  it('are two for an overwrite: the new generation and the removal of the old one', async () => {
    const target = await prepareTarget();
    const { bucket } = await prepareBucket(prepareDelivery(target, { concurrency: 1 }));
    const file = bucket.file('image');

    await file.save('one', { resumable: false });
    const first = (await file.getMetadata())[0].generation;
    await file.save('two', { resumable: false });
    const second = (await file.getMetadata())[0].generation;
    await file.setMetadata({ metadata: { owner: 'ann' } });
    await file.delete();
    await until('five events', () => target.received.length === 5);

    const kinds = target.received.map(({ headers, body }) => [
      String(headers['ce-type']).replace('google.cloud.storage.object.v1.', ''),
      body['generation'],
    ]);
    expect(kinds).to.have.deep.members([
      ['finalized', first],
      ['deleted', first],
      ['finalized', second],
      ['metadataUpdated', second],
      ['deleted', second],
    ]);
  });

  it('name the new generation, and are archived events in a versioned bucket', async () => {
    const events: ObjectEvent[] = [];
    const fixture = await startBucketFixture({ onEvent: async (event) => void events.push(event) });
    endings.push(() => stopBucketFixture(fixture));
    const versioned = fixture.storage.bucket('versioned');
    await versioned.create({ versioning: { enabled: true } });

    for (const bucket of [fixture.bucket, versioned]) {
      await bucket.file('x').save('one', { resumable: false });
      await bucket.file('x').save('two', { resumable: false });
    }

    const gone = events.filter(({ type }) => type === 'deleted' || type === 'archived');
    const newest = events.filter(({ attributes }) => attributes['overwroteGeneration'] !== undefined);
    expect(gone.map(({ type, bucket }) => [type, bucket])).to.deep.equal([
      ['deleted', 'inbox'],
      ['archived', 'versioned'],
    ]);
    for (const [index, event] of gone.entries()) {
      expect(event.attributes['overwrittenByGeneration']).to.equal(newest[index]?.resource.generation);
    }
  });

  it('are archived events for a delete and a move in a versioned bucket, and keep the content', async () => {
    const events: ObjectEvent[] = [];
    const fixture = await startBucketFixture({ onEvent: async (event) => void events.push(event) });
    endings.push(() => stopBucketFixture(fixture));
    const bucket = fixture.storage.bucket('versioned');
    await bucket.create({ versioning: { enabled: true } });

    await bucket.file('a').save('content', { resumable: false });
    await bucket.file('a').moveFileAtomic('b');
    await bucket.file('b').setMetadata({ metadata: { owner: 'ann' } });
    await bucket.file('b').delete();
    const [versions] = await bucket.getFiles({ versions: true });
    const contents = await Promise.all(
      versions.map((file) =>
        bucket.file(file.name, { generation: Number(file.metadata.generation) }).download(),
      ),
    );
    const generation = Number(versions[0]?.metadata.generation);
    await bucket.file('a', { generation }).delete();

    expect(contents.map(([content]) => content.toString())).to.deep.equal(['content', 'content']);
    expect(events.map(({ type, name }) => `${type} ${name}`)).to.deep.equal([
      'finalized a',
      'archived a',
      'finalized b',
      'metadataUpdated b',
      'archived b',
      'deleted a',
    ]);
    expect(events[1]?.resource.timeDeleted).to.equal(events[1]?.time);
    expect(events[3]?.resource.metadata).to.deep.equal({ owner: 'ann' });
  });

  it('are sent again until the target answers 2xx, with the same id', async () => {
    const target = await prepareTarget((index) => (index < 4 ? 500 : 204));
    const { bucket, server } = await prepareBucket(prepareDelivery(target));

    await bucket.file('image').save('x', { resumable: false });
    await until('the accepted event', () => server.pendingEvents() === 0 && target.received.length > 0);

    expect(target.received).to.have.length(5);
    expect(new Set(target.received.map(({ headers }) => headers['ce-id']))).to.have.property('size', 1);
  });

  it('are sent again when the target does not answer in time', async () => {
    const arrived: string[] = [];
    const silentAtFirst = createServer((request, response) => {
      arrived.push(String(request.headers['ce-id']));
      if (arrived.length > 1) response.writeHead(204).end();
    }).listen(0, '127.0.0.1');
    await once(silentAtFirst, 'listening');
    endings.push(() => {
      silentAtFirst.closeAllConnections();
      silentAtFirst.close();
    });
    const { port } = silentAtFirst.address() as AddressInfo;
    const targets = { finalized: `http://127.0.0.1:${port}/` };
    const delivery = new EventDelivery({ targets, backoffMs: QUICK, timeoutMs: 50 });
    endings.push(() => delivery.close());
    const { bucket, server } = await prepareBucket(delivery);

    await bucket.file('image').save('x', { resumable: false });
    await until('a second attempt', () => server.pendingEvents() === 0 && arrived.length > 1);

    expect(arrived).to.have.length(2);
    expect(arrived[0]).to.equal(arrived[1]);
  });

  it('are delivered again after a restart only without an acknowledgement', async () => {
    const deaf = await prepareTarget(() => 500);
    const hopeless = prepareDelivery(deaf);
    const before = await startBucketFixture({ onEvent: hopeless.deliver });
    await before.bucket.file('image').save('x', { resumable: false });
    await until('the first attempt', () => deaf.received.length > 0);
    hopeless.close();
    await before.server.close();

    const target = await prepareTarget();
    const delivery = prepareDelivery(target);
    const second = await startBucketFixture({ dataDir: before.dataDir, onEvent: delivery.deliver });
    await until(
      'the event after the restart',
      () => target.received.length === 1 && second.server.pendingEvents() === 0,
    );
    await second.server.close();
    const third = await startBucketFixture({ dataDir: before.dataDir, onEvent: delivery.deliver });
    endings.push(() => stopBucketFixture(third));
    await third.bucket.file('next').save('x', { resumable: false });
    await until('the second event', () => target.received.length === 2);

    expect(target.received.map(({ body }) => body['name'])).to.deep.equal(['image', 'next']);
    expect(target.received[0]?.headers['ce-id']).to.equal(deaf.received[0]?.headers['ce-id']);
  });

  describe('in large numbers', () => {
    let template: ObjectEvent;

    before(async () => {
      const events: ObjectEvent[] = [];
      const fixture = await startBucketFixture({ onEvent: async (event) => void events.push(event) });
      await fixture.bucket.file('template').save('x', { resumable: false });
      await stopBucketFixture(fixture);
      if (!events[0]) throw new Error('Expected an event');
      template = events[0];
    });

    const inOrder = Array.from({ length: 100 }, (_, index) => String(index));

    it('arrive once and in order', async () => {
      const target = await prepareTarget();
      const delivery = prepareDelivery(target, { concurrency: 1 });

      await Promise.all(inOrder.map((id) => delivery.deliver({ ...template, id })));

      expect(target.received.map(({ headers }) => headers['ce-id'])).to.deep.equal(inOrder);
    });

    it('take turns by owner', async () => {
      const target = await prepareTarget();
      const ownerOf = ({ name }: ObjectEvent) => name;
      const delivery = prepareDelivery(target, { concurrency: 1, ownerOf });
      const crowd = inOrder.map((id) => delivery.deliver({ ...template, name: 'crowd', id }));

      await delivery.deliver({ ...template, name: 'other', id: 'other' });
      const before = target.received.length;
      await Promise.all(crowd);

      expect(before, 'events before it').to.be.at.most(3);
      expect(target.received).to.have.length(inOrder.length + 1);
    });

    it('need no more requests at once than allowed', async () => {
      const target = await prepareTarget();
      const delivery = prepareDelivery(target, { concurrency: 8 });

      await Promise.all(
        Array.from({ length: 2000 }, (_, id) => delivery.deliver({ ...template, id: String(id) })),
      );

      expect(target.received).to.have.length(2000);
      expect(target.mostAtOnce()).to.be.within(2, 8);
    });

    it('reject when the delivery is closed', async () => {
      const target = await prepareTarget(() => 500);
      const delivery = prepareDelivery(target, { concurrency: 1 });
      const waiting = inOrder.map((id) => delivery.deliver({ ...template, id }));
      const settled = Promise.allSettled(waiting);
      await until('the first event', () => target.received.length > 0);

      delivery.close();

      expect((await settled).every(({ status }) => status === 'rejected')).to.equal(true);
    });
  });
});

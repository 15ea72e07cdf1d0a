/** The contract of every publisher, in memory or to Pub/Sub. */
import { PubSub } from '@google-cloud/pubsub';
import { MemoryPublisher } from '@hangtag/shared/adapters/memory/publisher.js';
import { PubSubPublisher } from '@hangtag/shared/adapters/pubsub/publisher.js';
import type { Publisher } from '@hangtag/shared/ports/publisher.js';
import { expect } from 'chai';
import { HOSTILE_NAMES } from '../fixtures/hostile-names.js';
import { emulator, freshProject } from '../support/shared-emulators.js';

interface Received {
  readonly data: unknown;
  readonly attributes: Readonly<Record<string, string>>;
}

interface Opened {
  readonly publisher: Publisher;
  /** The messages in the topic, when their number is `count`. */
  readonly received: (count: number) => Promise<readonly Received[]>;
  readonly close?: () => Promise<void>;
}

const TOPIC = 'images';

const PUBLISHERS: Record<string, (context: Mocha.Context) => Promise<Opened>> = {
  'in memory': async () => {
    const messages: Received[] = [];
    const publisher = new MemoryPublisher((_, { data, attributes = {} }) =>
      messages.push({ data, attributes }),
    );
    return { publisher, received: async () => messages };
  },
  'on Pub/Sub': async (context) => {
    const { host } = await emulator('pubsub', context);
    const client = new PubSub({
      projectId: freshProject('publisher'),
      apiEndpoint: host,
      emulatorMode: true,
    });
    const [topic] = await client.createTopic(TOPIC);
    const [subscription] = await topic.createSubscription('reader');
    return {
      publisher: new PubSubPublisher(client),
      received: (count) =>
        new Promise((resolve, reject) => {
          const messages: Received[] = [];
          subscription.on('error', reject);
          subscription.on('message', (message) => {
            message.ack();
            messages.push({ data: JSON.parse(String(message.data)), attributes: message.attributes });
            if (messages.length === count) resolve(messages);
          });
        }),
      close: async () => {
        await subscription.close();
        await client.close();
      },
    };
  },
};

for (const [place, open] of Object.entries(PUBLISHERS)) {
  describe(`A publisher ${place}`, () => {
    let opened: Opened;
    beforeEach(async function () {
      opened = await open(this);
    });
    afterEach(() => opened?.close?.());

    const dataOf = async (count: number) => (await opened.received(count)).map(({ data }) => data);

    it('delivers data and attributes', async () => {
      const message = {
        data: { name: 'a.jpg', size: 3, tags: ['x', null] },
        attributes: { origin: 'sweep' },
      };
      await opened.publisher.publish(TOPIC, message);
      expect(await opened.received(1)).to.deep.equal([message]);
    });

    it('delivers no attributes if a message has none', async () => {
      await opened.publisher.publish(TOPIC, { data: 1 });
      expect(await opened.received(1)).to.deep.equal([{ data: 1, attributes: {} }]);
    });

    it('delivers data as JSON, without undefined fields and without later changes', async () => {
      const data: Record<string, unknown> = { name: 'a.jpg', reason: undefined };
      const publishing = opened.publisher.publish(TOPIC, { data });
      data['name'] = 'b.jpg';
      await publishing;
      expect(await dataOf(1)).to.deep.equal([{ name: 'a.jpg' }]);
    });

    it('delivers every hostile name unchanged', async () => {
      await Promise.all(HOSTILE_NAMES.map((name) => opened.publisher.publish(TOPIC, { data: name })));
      expect(await dataOf(HOSTILE_NAMES.length)).to.have.members(HOSTILE_NAMES);
    });

    it('delivers every one of many concurrent messages', async () => {
      const numbers = Array.from({ length: 250 }, (_, index) => index);
      await Promise.all(numbers.map((data) => opened.publisher.publish(TOPIC, { data })));
      expect(await dataOf(250)).to.have.members(numbers);
    });
  });
}

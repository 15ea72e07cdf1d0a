import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';
import { subscriptionPath } from '@hangtag/emulators/bridge/addresses.js';
import { carryMessages, type Route, type RouteOptions } from '@hangtag/emulators/bridge/bridge.js';
import { createTopology } from '@hangtag/emulators/bridge/create-topology.js';
import { publisherClient, subscriberClient } from '@hangtag/emulators/bridge/emulator-clients.js';
import type { MessagePublishedData } from '@hangtag/emulators/bridge/message-event.js';
import { startPubsubEmulator } from '@hangtag/emulators/google/pubsub.js';
import { freePort, hiddenAddress, hostOf } from '@hangtag/emulators/processes/ports.js';
import type { SupervisedProcess } from '@hangtag/emulators/processes/supervisor.js';
import type { Messaging, SubscriptionPlan } from '@hangtag/functions/platform/topology.js';
import { expect } from 'chai';
import { describeWithEmulators } from '../support/google-emulators.js';
import { type Answer, type RecordingFunction, recordingFunction } from '../support/recording-function.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { until } from '../support/until.js';

await describeWithEmulators('the bridge from Pub/Sub to functions', (emulators) => {
  const directory = temporaryDirectory();
  let emulator: SupervisedProcess;
  let pubsub: { host: string; projectId: string };
  let publisher: Awaited<ReturnType<typeof publisherClient>>;
  let subscriber: Awaited<ReturnType<typeof subscriberClient>>;
  const routes: Route[] = [];
  const functions: RecordingFunction[] = [];

  before(async () => {
    const address = await hiddenAddress();
    pubsub = { host: hostOf(address), projectId: 'demo-bridge' };
    emulator = await startPubsubEmulator({
      program: emulators.pubsub,
      address,
      dataDirectory: directory,
      prepare: async () => undefined,
    });
    publisher = await publisherClient(pubsub);
    subscriber = await subscriberClient(pubsub);
  });
  afterEach(async () => {
    await Promise.all(routes.splice(0).map((route) => route.stop()));
    await Promise.all(functions.splice(0).map((one) => one.stop()));
  });
  after(async () => {
    await publisher.close();
    await subscriber.close();
    await emulator.stop();
  });

  /** Topics and subscriptions of one test. */
  async function plan(maxDeliveryAttempts = 5): Promise<{ live: SubscriptionPlan; dead: SubscriptionPlan }> {
    const id = randomUUID();
    const common = { function: 'any', ackDeadlineSeconds: 10, retry: { minSeconds: 1, maxSeconds: 2 } };
    const dead = { ...common, name: `dead-${id}`, topic: `dead-${id}` };
    const deadLetter = { topic: dead.topic, maxDeliveryAttempts };
    const live = { ...common, name: `live-${id}`, topic: `live-${id}`, deadLetter };
    const topology: Messaging = { topics: [live.topic, dead.topic], subscriptions: [live, dead] };
    await createTopology(pubsub, topology);
    return { live, dead };
  }

  async function functionThat(answer: Answer): Promise<RecordingFunction> {
    const one = await recordingFunction(answer);
    functions.push(one);
    return one;
  }

  async function carry(
    subscription: SubscriptionPlan,
    to: { readonly url: string },
    changes: Partial<RouteOptions> = {},
  ): Promise<Route> {
    const route = await carryMessages({ pubsub, subscription, url: to.url, concurrency: 4, ...changes });
    routes.push(route);
    return route;
  }

  async function publish(to: SubscriptionPlan, texts: readonly string[]): Promise<void> {
    const messages = texts.map((text) => ({
      data: Buffer.from(text),
      attributes: { text },
      orderingKey: 'key',
    }));
    await publisher.publish({ topic: `projects/${pubsub.projectId}/topics/${to.topic}`, messages });
  }

  /** Counts the messages that were not pulled: pulls them and returns them. */
  async function pullAndReturn({ name }: SubscriptionPlan): Promise<number> {
    const subscription = subscriptionPath(pubsub, name);
    const [{ receivedMessages }] = await subscriber.pull({ subscription, maxMessages: 100 });
    const ackIds = (receivedMessages ?? []).map(({ ackId }) => ackId ?? '');
    await subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
    return ackIds.length;
  }

  const dataOf = (seen: { readonly body: string }) => JSON.parse(seen.body) as MessagePublishedData;
  const attemptsOf = (one: RecordingFunction) => one.seen.map((seen) => dataOf(seen).deliveryAttempt);

  it('delivers a message with all its fields as a binary-mode event', async () => {
    const { live } = await plan();
    const target = await functionThat(() => 204);
    await carry(live, target);

    await publish(live, ['hello']);

    const [seen] = await until('the event', () => target.seen.length === 1 && target.seen);
    if (seen === undefined) throw new Error('unreachable');
    const data = dataOf(seen);
    expect(seen.headers).to.include({
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-source': `//pubsub.googleapis.com/projects/demo-bridge/topics/${live.topic}`,
      'ce-id': data.message.messageId,
      'ce-time': data.message.publishTime,
    });
    expect(seen.headers['content-type']).to.match(/^application\/json/);
    expect(data).to.deep.include({
      subscription: `projects/demo-bridge/subscriptions/${live.name}`,
      deliveryAttempt: 1,
    });
    expect(data.message).to.deep.include({
      data: Buffer.from('hello').toString('base64'),
      attributes: { text: 'hello' },
      orderingKey: 'key',
    });
  });

  it('acknowledges only after a 2xx answer, and delivers a refused message again after a growing delay', async () => {
    const { live } = await plan();
    const target = await functionThat(({ body }) => (body.includes('"refused"') ? 503 : 200));
    await carry(live, target);

    await publish(live, ['accepted', 'refused']);

    const refused = () => target.seen.filter(({ body }) => body.includes('"refused"'));
    await until('three attempts', () => refused().length === 3);
    const [first, second, third] = refused().map(({ atMs }) => atMs);
    expect(refused().map((seen) => dataOf(seen).deliveryAttempt)).to.deep.equal([1, 2, 3]);
    expect((second ?? 0) - (first ?? 0)).to.be.at.least(900);
    expect((third ?? 0) - (second ?? 0)).to.be.at.least(1_900);
    expect(target.seen.filter(({ body }) => body.includes('"accepted"'))).to.have.lengthOf(1);
  });

  it('moves a message to the dead-letter topic after its last attempt', async () => {
    const { live, dead } = await plan();
    const [target, deadLetters] = [await functionThat(() => 500), await functionThat(() => 200)];
    await carry({ ...live, retry: { minSeconds: 0, maxSeconds: 0 } }, target);
    await carry(dead, deadLetters);

    await publish(live, ['poison']);

    const [seen] = await until('the dead letter', () => deadLetters.seen.length === 1 && deadLetters.seen);
    expect(attemptsOf(target)).to.deep.equal([1, 2, 3, 4, 5]);
    expect(seen && dataOf(seen).message.attributes).to.include({
      text: 'poison',
      CloudPubSubDeadLetterSourceSubscription: live.name,
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
    });
  });

  it('counts an answer after the deadline as a failure', async () => {
    const { live } = await plan();
    const kinds: string[] = [];
    const late = new Gate();
    const target = await functionThat(() => (target.seen.length > 1 ? 200 : late.opened));
    await carry(live, target, { responseTimeoutMs: 200, onDelivery: (_id, { kind }) => kinds.push(kind) });

    await publish(live, ['slow']);

    await until('two deliveries', () => kinds.length === 2);
    late.open();
    expect(kinds).to.deep.equal(['too-slow', 'accepted']);
    expect(attemptsOf(target)).to.deep.equal([1, 2]);
  });

  it('fills all slots, and pulls no message before a slot is free', async () => {
    const { live } = await plan();
    const full = new Gate();
    const target = await functionThat(() => full.opened);
    await carry(live, target, { concurrency: 3 });

    await publish(live, ['a', 'b', 'c', 'd', 'e', 'f']);

    await until('three at once', () => target.mostAtOnce === 3);
    expect(await pullAndReturn(live)).to.equal(3);
    full.open();
    await until('all messages', () => target.seen.length === 6);
    expect(target.mostAtOnce).to.equal(3);
  });

  it('ends the pause between two pulls when a message was published', async () => {
    const { live } = await plan();
    const target = await functionThat(() => 200);
    const route = await carry(live, target, { pollMs: 600_000 });

    for (const count of [1, 2, 3, 4, 5]) {
      await publish(live, [`m${count}`]);
      route.pullNow();
      await until(`${count} messages`, () => target.seen.length === count);
    }
  });

  it('delivers one message at a time while the other route is busy, and fills all slots afterwards', async () => {
    const [{ live }, { live: backlog }] = await Promise.all([plan(), plan()]);
    const [held, crowded] = [new Gate(), new Gate()];
    const first = await functionThat(() => held.opened);
    const second = await functionThat(() => (held.isOpen ? crowded.opened : 200));
    const route = await carry(live, first);
    await carry(backlog, second, { concurrency: 4, yieldsTo: route });

    await publish(live, ['live']);
    await until('the live message', () => first.seen.length === 1);
    await publish(
      backlog,
      Array.from({ length: 10 }, (_, index) => `m${index}`),
    );
    await until('ten of the backlog', () => second.seen.length === 10);
    expect(second.mostAtOnce).to.equal(1);

    held.open();
    await until('an idle route', () => !route.isBusy);
    await publish(
      backlog,
      Array.from({ length: 8 }, (_, index) => `n${index}`),
    );
    await until('four at once', () => second.mostAtOnce === 4);
    crowded.open();
    await until('all of the backlog', () => second.seen.length === 18);
    expect(second.mostAtOnce).to.equal(4);
  });

  it('counts no attempt while the function does not listen yet', async () => {
    const { live } = await plan();
    const port = await freePort();
    await carry(live, { url: `http://127.0.0.1:${port}/` });

    await publish(live, ['early']);
    await untilRefused(port);
    const target = await recordingFunction(() => 200, port);
    functions.push(target);

    await until('the message', () => target.seen.length === 1);
    expect(attemptsOf(target)).to.deep.equal([1]);
  });

  it('continues after an interruption of Pub/Sub', async () => {
    const { live, dead } = await plan();
    const target = await functionThat(() => 200);
    const problems: Error[] = [];
    await carry(live, target, { onProblem: (error) => problems.push(error) });

    await emulator.stop();
    await until('a problem', () => problems.length > 0);
    await emulator.start();
    await createTopology(pubsub, { topics: [live.topic, dead.topic], subscriptions: [live, dead] });
    await publish(live, ['after']);

    await until('the message', () => target.seen.length === 1);
  });
});

/** Waits for the second request of this process to a port, which means that the first was refused. */
async function untilRefused(port: number): Promise<void> {
  let requests = 0;
  const count = (message: unknown) => {
    const { request } = message as { readonly request: ClientRequest };
    if (request.getHeader('host') === `127.0.0.1:${port}`) requests += 1;
  };
  subscribe('http.client.request.start', count);
  try {
    await until('a second request', () => requests >= 2);
  } finally {
    unsubscribe('http.client.request.start', count);
  }
}

/** An answer of 200 that is sent when the gate is opened. */
class Gate {
  isOpen = false;
  open = () => {};
  readonly opened = new Promise<number>((resolve) => {
    this.open = () => {
      this.isOpen = true;
      resolve(200);
    };
  });
}

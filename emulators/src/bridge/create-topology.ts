import type { Messaging, SubscriptionPlan } from '@hangtag/functions/platform/topology.js';
import { type PubsubAddress, subscriptionPath, topicPath } from './addresses.js';

const ALREADY_EXISTS = 409;

/**
 * Creates the topics and subscriptions of the plan that do not exist; existing ones are not changed. The retry policy is left out,
 * because the bridge applies it: the emulator makes the first retry at once, and adds its own wait to that of the bridge.
 *
 * Uses Pub/Sub's REST interface, because loading the gRPC client takes longer than the emulator takes to start.
 *
 * @throws Error if the emulator refuses, TypeError if it does not answer
 */
export async function createTopology(address: PubsubAddress, plan: Messaging): Promise<void> {
  const topics = plan.topics.map((name) => create(address, topicPath(address, name), {}));
  await Promise.all(topics);
  const subscriptions = plan.subscriptions.map((one) =>
    create(address, subscriptionPath(address, one.name), subscriptionBody(address, one)),
  );
  await Promise.all(subscriptions);
}

function subscriptionBody(address: PubsubAddress, plan: SubscriptionPlan): object {
  const { topic, ackDeadlineSeconds, deadLetter } = plan;
  return {
    topic: topicPath(address, topic),
    ackDeadlineSeconds,
    ...(deadLetter && {
      deadLetterPolicy: {
        deadLetterTopic: topicPath(address, deadLetter.topic),
        maxDeliveryAttempts: deadLetter.maxDeliveryAttempts,
      },
    }),
  };
}

async function create({ host }: PubsubAddress, path: string, resource: object): Promise<void> {
  const response = await fetch(`http://${host}/v1/${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(resource),
  });
  const answer = await response.text();
  if (response.ok || response.status === ALREADY_EXISTS) return;
  throw new Error(`Expected Pub/Sub to create ${path} but received ${response.status} ${answer}`);
}

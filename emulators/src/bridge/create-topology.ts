import { type PubsubAddress, subscriptionPath, topicPath } from './addresses.js';
import { publisherClient, subscriberClient } from './emulator-clients.js';
import type { SubscriptionPlan, TopologyPlan } from './topology.js';

const ALREADY_EXISTS = 6;

/**
 * Creates what is missing of the plan; what exists stays as it is. The retry policy is left out: the bridge
 * keeps to it, since the emulator's own makes the first retry at once and adds to the bridge's wait.
 */
export async function createTopology(address: PubsubAddress, plan: TopologyPlan): Promise<void> {
  const publisher = await publisherClient(address);
  const subscriber = await subscriberClient(address);
  try {
    const topics = plan.topics.map((name) => publisher.createTopic({ name: topicPath(address, name) }));
    await Promise.all(topics.map(unlessItExists));
    const subscriptions = plan.subscriptions.map((one) =>
      subscriber.createSubscription(subscriptionRequest(address, one)),
    );
    await Promise.all(subscriptions.map(unlessItExists));
  } finally {
    await Promise.all([publisher.close(), subscriber.close()]);
  }
}

function subscriptionRequest(address: PubsubAddress, plan: SubscriptionPlan) {
  const { name, topic, ackDeadlineSeconds, deadLetter } = plan;
  return {
    name: subscriptionPath(address, name),
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

async function unlessItExists(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if ((error as { code?: unknown }).code !== ALREADY_EXISTS) throw error;
  }
}

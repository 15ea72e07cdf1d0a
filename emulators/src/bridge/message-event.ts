import type { protos } from '@google-cloud/pubsub';
import type { SubscriptionPlan } from '@hangtag/functions/platform/topology.js';
import { CloudEvent } from 'cloudevents';
import { type PubsubAddress, subscriptionPath, topicPath } from './addresses.js';

/** The body of `google.cloud.pubsub.topic.v1.messagePublished`, as Eventarc delivers it. */
export interface MessagePublishedData {
  readonly message: {
    /** base64 */
    readonly data: string;
    readonly attributes: Readonly<Record<string, string>>;
    readonly messageId: string;
    /** RFC 3339 */
    readonly publishTime: string;
    readonly orderingKey?: string;
  };
  /** `projects/P/subscriptions/S` */
  readonly subscription: string;
  /** Counted from 1. Present only if the subscription has a dead-letter topic, as in production. */
  readonly deliveryAttempt?: number;
}

/** Converts a pulled message to the event that a function receives. */
export function messageEvent(
  received: protos.google.pubsub.v1.IReceivedMessage,
  plan: SubscriptionPlan,
  address: PubsubAddress,
): CloudEvent<MessagePublishedData> {
  const message = received.message ?? {};
  const publishTime = rfc3339(message.publishTime);
  const messageId = message.messageId ?? '';
  return new CloudEvent<MessagePublishedData>({
    id: messageId,
    time: publishTime,
    type: 'google.cloud.pubsub.topic.v1.messagePublished',
    source: `//pubsub.googleapis.com/${topicPath(address, plan.topic)}`,
    datacontenttype: 'application/json',
    data: {
      message: {
        data: Buffer.from(message.data ?? '').toString('base64'),
        attributes: message.attributes ?? {},
        messageId,
        publishTime,
        ...(message.orderingKey && { orderingKey: message.orderingKey }),
      },
      subscription: subscriptionPath(address, plan.name),
      ...(received.deliveryAttempt && { deliveryAttempt: received.deliveryAttempt }),
    },
  });
}

function rfc3339(time: protos.google.protobuf.ITimestamp | null | undefined): string {
  const ms = Number(time?.seconds ?? 0) * 1_000 + Math.floor((time?.nanos ?? 0) / 1_000_000);
  return new Date(ms).toISOString();
}

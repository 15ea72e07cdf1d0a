import type { PubSub, Topic } from '@google-cloud/pubsub';
import type { OutgoingMessage, Publisher } from '../../ports/publisher.js';
import { transientOr } from '../grpc-outcome.js';

/**
 * By default the client retries for 10 minutes, with up to one minute between attempts: an outage of seconds delayed an upload
 * by more than a minute. The events that lead to a message are redelivered with backoff, so it can give up earlier.
 */
const RETRY = {
  initialRetryDelayMillis: 100,
  retryDelayMultiplier: 2,
  maxRetryDelayMillis: 1_000,
  initialRpcTimeoutMillis: 10_000,
  rpcTimeoutMultiplier: 1,
  maxRpcTimeoutMillis: 10_000,
  totalTimeoutMillis: 20_000,
};

export class PubSubPublisher implements Publisher {
  readonly #client: PubSub;
  readonly #topics = new Map<string, Topic>();

  constructor(client: PubSub) {
    this.#client = client;
  }

  async publish(topic: string, { data, attributes }: OutgoingMessage): Promise<void> {
    try {
      const sender = this.#topic(topic);
      const published = sender.publishMessage({
        data: Buffer.from(JSON.stringify(data)),
        ...(attributes && { attributes: { ...attributes } }),
      });
      setImmediate(() => sendBatch(sender));
      await published;
    } catch (error) {
      throw transientOr(error, `publish to ${topic}`);
    }
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = this.#client.topic(name, {
        batching: { maxMessages: 100 },
        gaxOpts: { retry: { backoffSettings: RETRY } },
      });
      this.#topics.set(name, topic);
    }
    return topic;
  }
}

/**
 * Records that were created by one request have their messages in one batch, since they are published in the same turn of the event loop. The
 * client itself waits at least 1 ms for more messages. A failure is that of each message.
 */
function sendBatch({ publisher }: Topic): void {
  publisher.queue.publishDrain().catch(() => undefined);
}

import type { PubSub, Topic } from '@google-cloud/pubsub';
import type { OutgoingMessage, Publisher } from '../../ports/publisher.js';
import { transientOr } from '../grpc-outcome.js';

/**
 * How long a batch waits for more messages: the most that it adds to the latency of a single upload. Records that were created by one
 * request have their messages in one batch.
 */
const BATCH_WAIT_MS = 1;

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
      await this.#topic(topic).publishMessage({
        data: Buffer.from(JSON.stringify(data)),
        ...(attributes && { attributes: { ...attributes } }),
      });
    } catch (error) {
      throw transientOr(error, `publish to ${topic}`);
    }
  }

  #topic(name: string): Topic {
    let topic = this.#topics.get(name);
    if (topic === undefined) {
      topic = this.#client.topic(name, {
        batching: { maxMilliseconds: BATCH_WAIT_MS, maxMessages: 100 },
        gaxOpts: { retry: { backoffSettings: RETRY } },
      });
      this.#topics.set(name, topic);
    }
    return topic;
  }
}

import type { PubSub, Topic } from '@google-cloud/pubsub';
import type { OutgoingMessage, Publisher } from '../../ports/publisher.js';
import { transientOr } from '../grpc-outcome.js';

/** Waited for companions before a batch is sent: at most this is added to a lone upload's latency. */
const BATCH_WAIT_MS = 5;

/**
 * The client's own patience is 10 minutes, with waits of up to one between tries: an outage of seconds was seen to hold
 * an upload for more than a minute. Whoever publishes is called again with a backoff of its own.
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

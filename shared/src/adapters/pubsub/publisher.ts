import type { PubSub, Topic } from '@google-cloud/pubsub';
import type { OutgoingMessage, Publisher } from '../../ports/publisher.js';
import { transientOr } from '../grpc-outcome.js';

/** Waited for companions before a batch is sent: at most this is added to a lone upload's latency. */
const BATCH_WAIT_MS = 5;

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
      topic = this.#client.topic(name, { batching: { maxMilliseconds: BATCH_WAIT_MS, maxMessages: 100 } });
      this.#topics.set(name, topic);
    }
    return topic;
  }
}

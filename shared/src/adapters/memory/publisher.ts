import type { OutgoingMessage, Publisher } from '../../ports/publisher.js';

/** Delivers every message at once, as a topic with one push subscription does. */
export class MemoryPublisher implements Publisher {
  readonly #deliver: (topic: string, message: OutgoingMessage) => void;

  constructor(deliver: (topic: string, message: OutgoingMessage) => void) {
    this.#deliver = deliver;
  }

  async publish(topic: string, message: OutgoingMessage): Promise<void> {
    this.#deliver(topic, JSON.parse(JSON.stringify(message)));
  }
}

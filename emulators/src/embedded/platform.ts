/**
 * Delivers events of the bucket and messages of topics to the functions of the table, in one process, and repeats each delivery
 * until the function returns.
 */
import type { App } from '@hangtag/functions/app/app.js';
import { type EventEntry, isEvent } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { runEvent } from '@hangtag/functions/platform/run-function.js';
import type { OutgoingMessage } from '@hangtag/shared/ports/publisher.js';
import type { ObjectEvent } from '../bucket/resource.js';
import { RetryingQueue } from './retrying-queue.js';

const QUEUE = { concurrency: 4, minBackoffMs: 200, maxBackoffMs: 10_000 };

/** A message as one subscription receives it. */
interface Message {
  /** base64 */
  readonly data: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** RFC 3339 */
  readonly publishTime: string;
}

export class EmbeddedPlatform {
  readonly #app: App;
  readonly #entries = FUNCTIONS.filter(isEvent);
  readonly #queues = new Map<string, RetryingQueue<Message>>();

  constructor(app: App) {
    this.#app = app;
    for (const entry of this.#entries) {
      if (entry.trigger.kind !== 'message') continue;
      const yieldsTo = this.#queues.get(entry.trigger.yieldsTo ?? '');
      const deliver = (message: Message, deliveryAttempt: number) =>
        this.#run(entry, { message, deliveryAttempt });
      const queue = new RetryingQueue(deliver, { ...QUEUE, ...(yieldsTo && { yieldsTo }) });
      this.#queues.set(entry.name, queue);
    }
  }

  /** Resolves when the functions of the event have returned. @throws if the event must be delivered again */
  async takeObjectEvent({ type, resource }: ObjectEvent): Promise<void> {
    for (const entry of this.#entries) {
      const { trigger } = entry;
      if (trigger.kind === 'object' && trigger.event === type) await this.#run(entry, resource);
    }
  }

  publish(topic: string, { data, attributes = {} }: OutgoingMessage): void {
    const message = {
      attributes,
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      publishTime: new Date().toISOString(),
    };
    for (const { name, trigger } of this.#entries) {
      const isSubscribed = trigger.kind === 'message' && this.#app.config[trigger.topic] === topic;
      if (isSubscribed) this.#queues.get(name)?.push(tenantOf(data), message);
    }
  }

  /** Waits for the deliveries in progress and starts no others. */
  async stop(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }

  async #run(entry: EventEntry, data: unknown): Promise<void> {
    await runEvent(entry, { data }, { app: this.#app });
  }
}

/** Waiting messages are delivered to tenants in turn. */
function tenantOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'tenant' in data ? String(data.tenant) : '';
}

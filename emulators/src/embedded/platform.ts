/**
 * Delivers events of the bucket and messages of topics to the functions of the table, in one process, and repeats each delivery
 * until the function returns.
 */
import { setMaxListeners } from 'node:events';
import type { App } from '@hangtag/functions/app/app.js';
import { isEvent } from '@hangtag/functions/platform/function-entry.js';
import { FUNCTIONS } from '@hangtag/functions/platform/function-table.js';
import { runEvent } from '@hangtag/functions/platform/run-function.js';
import { TransientError } from '@hangtag/shared/errors.js';
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
  readonly #stopping = new AbortController();
  readonly #queues = new Map<string, RetryingQueue<Message>>();

  constructor(app: App) {
    this.#app = app;
    // Every delivery in progress listens to it.
    setMaxListeners(0, this.#stopping.signal);
    for (const entry of this.#entries) {
      if (entry.trigger.kind !== 'message') continue;
      const yieldsTo = this.#queues.get(entry.trigger.yieldsTo ?? '');
      const deliver = (message: Message, deliveryAttempt: number) =>
        runEvent(entry, { data: { message, deliveryAttempt } }, { app, signal: this.#stopping.signal });
      const queue = new RetryingQueue(deliver, { ...QUEUE, ...(yieldsTo && { yieldsTo }) });
      this.#queues.set(entry.name, queue);
    }
  }

  /** Resolves when the functions of the event have returned. @throws if the event must be delivered again */
  async takeObjectEvent({ type, resource }: ObjectEvent): Promise<void> {
    for (const entry of this.#entries) {
      const { trigger } = entry;
      if (trigger.kind === 'object' && trigger.event === type)
        await runEvent(entry, { data: resource }, { app: this.#app });
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

  /** Starts no deliveries, and ends those in progress: only an image that a worker has is still labelled. */
  async stop(): Promise<void> {
    this.#stopping.abort(new TransientError('The stack is stopping'));
    await Promise.all([...this.#queues.values()].map((queue) => queue.stop()));
  }
}

/** Waiting messages are delivered to tenants in turn. */
function tenantOf(data: unknown): string {
  return typeof data === 'object' && data !== null && 'tenant' in data ? String(data.tenant) : '';
}

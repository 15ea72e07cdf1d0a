import type { v1 } from '@google-cloud/pubsub';

const FLUSH_MS = 25;

/**
 * Collects acknowledgements and retries for a few milliseconds and sends each kind to Pub/Sub in one call. A failed call is only
 * reported: its messages are delivered again when their lease expires, which every function must tolerate anyway.
 */
export class Acknowledgements {
  readonly #client: v1.SubscriberClient;
  readonly #subscription: string;
  readonly #onProblem: (error: Error) => void;
  #byDelay = new Map<number | 'done', string[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(client: v1.SubscriberClient, subscription: string, onProblem: (error: Error) => void) {
    this.#client = client;
    this.#subscription = subscription;
    this.#onProblem = onProblem;
  }

  acknowledge(ackId: string): void {
    this.#add('done', ackId);
  }

  /** The message is not delivered before this time has passed. Whole seconds, 0 to 600. */
  retryAfter(ackId: string, seconds: number): void {
    this.#add(seconds, ackId);
  }

  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const collected = this.#byDelay;
    this.#byDelay = new Map();
    const calls = [...collected].map(([delay, ackIds]) => this.#send(delay, ackIds));
    await Promise.all(calls.map((call) => call.catch(this.#onProblem)));
  }

  #add(delay: number | 'done', ackId: string): void {
    const ackIds = this.#byDelay.get(delay) ?? [];
    ackIds.push(ackId);
    this.#byDelay.set(delay, ackIds);
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS);
  }

  #send(delay: number | 'done', ackIds: string[]): Promise<unknown> {
    const subscription = this.#subscription;
    return delay === 'done'
      ? this.#client.acknowledge({ subscription, ackIds })
      : this.#client.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: delay });
  }
}

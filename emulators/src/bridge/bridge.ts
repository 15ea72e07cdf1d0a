/**
 * Delivers messages of one subscription of the Pub/Sub emulator to one function, as Eventarc does.
 *
 * - At most `concurrency` messages are delivered at the same time, and no message is pulled before a slot is free for it: a message
 *   that waits in this process would use up its lease and its attempts. (A streaming pull cannot guarantee this: the
 *   emulator ignores the limits that it receives; 1,676 messages were held with a limit of 4.)
 * - A message is acknowledged only after a 2xx answer within the acknowledgement deadline; the deadline is not extended.
 *   A refused message is delivered again after an exponential backoff. Pub/Sub stores the backoff as the message's lease,
 *   so it continues if this process ends.
 * - The emulator counts the attempts, and moves a message to its dead-letter topic after the last one.
 */
import type { protos, v1 } from '@google-cloud/pubsub';
import type { SubscriptionPlan } from '@hangtag/functions/platform/topology.js';
import { backoff, pause } from '../processes/backoff.js';
import { Acknowledgements } from './acknowledgements.js';
import { type PubsubAddress, subscriptionPath } from './addresses.js';
import { type Delivery, type Destination, deliver, deliveryAgent } from './deliver.js';
import { subscriberClient } from './emulator-clients.js';
import { messageEvent } from './message-event.js';

export interface RouteOptions {
  readonly pubsub: PubsubAddress;
  readonly subscription: SubscriptionPlan;
  /** URL of the function. */
  readonly url: string;
  /** Number of messages that the function's workers can process at the same time. */
  readonly concurrency: number;
  /** While this route is busy, only one message is delivered at a time. */
  readonly yieldsTo?: Route;
  /** Default: the subscription's acknowledgement deadline. */
  readonly responseTimeoutMs?: number;
  /** The pause between two pulls while messages are likely. Default: 25. */
  readonly pollMs?: number;
  /** Called after each failed call of Pub/Sub; failed calls are repeated without limit. */
  readonly onProblem?: (error: Error) => void;
  /** Called after each attempt to deliver. */
  readonly onDelivery?: (messageId: string, delivery: Delivery) => void;
}

export interface Route {
  /** Whether a message is being delivered, or was within the last second. */
  readonly isBusy: boolean;
  /** Ends the pause between two pulls: a message was probably published. */
  pullNow(): void;
  /** Stops pulling, waits for the deliveries in progress, and sends their acknowledgements. */
  stop(): Promise<void>;
}

type Received = protos.google.pubsub.v1.IReceivedMessage;

/**
 * The emulator answers a waiting pull every 50 ms, and nothing can end it before. So for some time after each message a route polls,
 * and `pullNow` ends the pause between two pulls.
 */
const HOT_MS = 2_000;
const HOT_POLL_MS = 25;
/** If most slots are taken, a pull waits this time for more free slots: a pull for each message took 1.3 ms of processor time. */
const GATHER_MS = 30;
/** How often a route looks whether the one that it yields to is still busy. */
const YIELD_POLL_MS = 8;
/** A route stays busy for this time after a delivery, so that the gaps between single messages do not count as idle. */
const BUSY_MS = 1_000;
/** The emulator ends a waiting pull after 8 s. */
const PULL_TIMEOUT_MS = 30_000;
const PROBLEM_BACKOFF_MS = { min: 50, max: 1_000 };

/** Starts to deliver. Tolerates restarts of Pub/Sub and of the function. */
export async function carryMessages(options: RouteOptions): Promise<Route> {
  const client = await subscriberClient(options.pubsub);
  const carrier = new Carrier(options, client);
  void carrier.run();
  return carrier;
}

class Carrier implements Route {
  readonly #options: RouteOptions;
  readonly #client: v1.SubscriberClient;
  readonly #path: string;
  readonly #destination: Destination;
  readonly #acknowledgements: Acknowledgements;
  readonly #underWay = new Set<Promise<void>>();
  readonly #stopping = new AbortController();
  #hotUntil = 0;
  /** Whether a message was probably published since the last pull began. */
  #isPullDue = false;
  #endPause = () => {};
  #busyUntil = 0;

  constructor(options: RouteOptions, client: v1.SubscriberClient) {
    const { subscription, url, concurrency } = options;
    this.#options = options;
    this.#client = client;
    this.#path = subscriptionPath(options.pubsub, subscription.name);
    this.#destination = {
      url,
      agent: deliveryAgent(concurrency),
      responseTimeoutMs: options.responseTimeoutMs ?? subscription.ackDeadlineSeconds * 1_000,
    };
    this.#acknowledgements = new Acknowledgements(client, this.#path, (error) => options.onProblem?.(error));
  }

  async run(): Promise<void> {
    const { signal } = this.#stopping;
    let problems = 0;
    while (!signal.aborted) {
      await this.#untilRoom(signal);
      if (signal.aborted) return;
      try {
        await this.#pullOnce();
        problems = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#options.onProblem?.(error as Error);
        await pause(backoff(++problems, PROBLEM_BACKOFF_MS), signal);
      }
    }
  }

  get isBusy(): boolean {
    return this.#underWay.size > 0 || Date.now() < this.#busyUntil;
  }

  pullNow(): void {
    this.#isPullDue = true;
    this.#endPause();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    // The loop ends before it pulls.
    this.pullNow();
    await Promise.all(this.#underWay);
    await this.#acknowledgements.flush();
    this.#destination.agent.destroy();
    await this.#client.close();
  }

  async #untilRoom(signal: AbortSignal): Promise<void> {
    if (this.#free === 0) await Promise.race(this.#underWay);
    while (this.#room === 0 && !signal.aborted) await pause(YIELD_POLL_MS, signal);
    if (this.#free < this.#options.concurrency / 2) await pause(GATHER_MS, signal);
  }

  get #free(): number {
    return this.#options.concurrency - this.#underWay.size;
  }

  /** Messages that may be pulled now. */
  get #room(): number {
    if (!this.#options.yieldsTo?.isBusy) return this.#free;
    return this.#underWay.size === 0 ? 1 : 0;
  }

  async #pullOnce(): Promise<void> {
    const hot = Date.now() < this.#hotUntil;
    this.#isPullDue = false;
    const [response] = await this.#client.pull(
      { subscription: this.#path, maxMessages: this.#room, returnImmediately: hot },
      { timeout: PULL_TIMEOUT_MS, retry: null },
    );
    const messages = response.receivedMessages ?? [];
    if (messages.length > 0) this.#hotUntil = Date.now() + HOT_MS;
    else if (hot && !this.#isPullDue) await this.#pauseBetweenPulls();
    for (const received of messages) this.#begin(received);
  }

  /** Until `pullNow` is called, at most for the time between two pulls. */
  #pauseBetweenPulls(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#options.pollMs ?? HOT_POLL_MS);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #begin(received: Received): void {
    const carrying = this.#carry(received).finally(() => {
      this.#underWay.delete(carrying);
      this.#busyUntil = Date.now() + BUSY_MS;
    });
    this.#underWay.add(carrying);
  }

  async #carry(received: Received): Promise<void> {
    const { subscription, pubsub } = this.#options;
    const event = messageEvent(received, subscription, pubsub);
    const delivery = await deliver(event, this.#destination);
    this.#options.onDelivery?.(event.id, delivery);
    const ackId = received.ackId ?? '';
    if (delivery.kind === 'accepted') this.#acknowledgements.acknowledge(ackId);
    else this.#acknowledgements.retryAfter(ackId, this.#secondsUntilRetry(received));
  }

  /** Pub/Sub counts attempts only for subscriptions with a dead-letter topic; others always wait the maximum. */
  #secondsUntilRetry({ deliveryAttempt }: Received): number {
    const { minSeconds: min, maxSeconds: max } = this.#options.subscription.retry;
    return deliveryAttempt ? backoff(deliveryAttempt, { min, max }) : max;
  }
}

/**
 * Delivers storage events to HTTP targets until the target answers 2xx. The states of one delivery:
 *
 *     waiting --slot free--> posting --2xx--> done
 *        ^                      `-- else --> backing off --time--> waiting
 *
 * `deliver` resolves at done; only then may its caller forget the event. The durable queue is the bucket server's
 * journal, so a waiting delivery costs a few hundred bytes here: the body is built when the request starts. At most
 * `concurrency` requests run at once, and a delivery that backs off holds no slot.
 */

import { Agent } from 'node:http';
import type { ObjectEventType } from '../bucket/record.js';
import type { ObjectEvent } from '../bucket/resource.js';
import { type BackoffBounds, backoff, jittered } from '../processes/backoff.js';
import { postEvent } from './post-event.js';
import { storageCloudEvent } from './storage-cloud-event.js';
import { Slots } from './turns.js';

export interface EventDeliveryOptions {
  /** The URL for each event type. Events of a type without a URL are not delivered. */
  readonly targets: Readonly<Partial<Record<ObjectEventType, string>>>;
  /** Requests at once. The default is 16. */
  readonly concurrency?: number;
  /** Between attempts. Eventarc waits 10 to 600 s; the default here is 0.1 to 10 s. */
  readonly backoffMs?: BackoffBounds;
  /** The limit for an answer. */
  readonly timeoutMs?: number;
  /** The owner of an event. When events wait for a slot, their owners take turns. The default is one owner. */
  readonly ownerOf?: (event: ObjectEvent) => string;
  readonly random?: () => number;
  /** Called after every attempt that was not answered 2xx. */
  readonly onFailedAttempt?: (event: ObjectEvent, attempt: number, reason: string) => void;
}

const DEFAULT_BACKOFF_MS: BackoffBounds = { min: 100, max: 10_000 };
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_CONCURRENCY = 16;

export class EventDelivery {
  readonly #slots: Slots;
  readonly #agent: Agent;
  readonly #closing = new AbortController();
  /** A Map and not a listener on the signal for each timer: adding a listener compares it with all others. */
  readonly #timers = new Map<NodeJS.Timeout, (reason: unknown) => void>();

  constructor(private readonly options: EventDeliveryOptions) {
    const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#slots = new Slots(concurrency);
    this.#agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  }

  /** Resolves when the target has answered 2xx. Rejects only when the delivery is closed first. */
  readonly deliver = async (event: ObjectEvent): Promise<void> => {
    const target = this.options.targets[event.type];
    if (target !== undefined) await this.#send(event, target);
  };

  /** Ends the running requests. Every delivery that is not done rejects, and its caller must deliver the event again. */
  close(): void {
    this.#closing.abort();
    for (const [timer, reject] of this.#timers) {
      clearTimeout(timer);
      reject(this.#closing.signal.reason);
    }
    this.#timers.clear();
    this.#agent.destroy();
  }

  async #send(event: ObjectEvent, url: string): Promise<void> {
    const owner = this.options.ownerOf?.(event) ?? '';
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#slots.run(owner, () => this.#attempt(event, url));
      if (failure === undefined) return;
      this.#closing.signal.throwIfAborted();
      this.options.onFailedAttempt?.(event, attempt, failure);
      const random = (this.options.random ?? Math.random)();
      const waitMs = backoff(attempt, this.options.backoffMs ?? DEFAULT_BACKOFF_MS);
      await this.#wait(jittered(waitMs, random));
    }
  }

  /** @returns the reason of a failure, or undefined. @throws the delivery is closed. */
  async #attempt(event: ObjectEvent, url: string): Promise<string | undefined> {
    this.#closing.signal.throwIfAborted();
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    try {
      const status = await postEvent(storageCloudEvent(event), { url, agent: this.#agent, timeoutMs });
      return status >= 200 && status < 300 ? undefined : `answered ${status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  /** @throws the delivery is closed. */
  #wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.set(timer, reject);
    });
  }
}

/**
 * Delivers storage events to HTTP targets, each until it is answered 2xx. The life of one delivery:
 *
 *     waiting --slot free--> posting --2xx--> done
 *        ^                      `-- else --> backing off --time--> waiting
 *
 * `deliver` resolves at done, which is when its caller may forget the event; so the durable queue is the caller's (the
 * bucket server's journal), and a delivery that waits costs a few hundred bytes here: the body is built when its turn comes.
 * Only `concurrency` requests are under way, and one that backs off holds no slot.
 */

import { setMaxListeners } from 'node:events';
import { Agent } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { ObjectEventType } from '../bucket/record.js';
import type { ObjectEvent } from '../bucket/resource.js';
import { type BackoffBounds, backoff, jittered } from '../processes/backoff.js';
import { binaryMessage } from './binary-message.js';
import { type ChaosOptions, chaos, type Fate, UNTOUCHED } from './chaos.js';
import { postMessage } from './post-message.js';
import { Slots } from './slots.js';
import { storageCloudEvent } from './storage-cloud-event.js';
import { Waits } from './waits.js';

export interface EventDeliveryOptions {
  /** Where events of a type go; a type without a target needs no delivery. */
  readonly targets: Readonly<Partial<Record<ObjectEventType, string>>>;
  /** Requests under way at once, 16 unless said otherwise. */
  readonly concurrency?: number;
  /** Eventarc waits 10 to 600 s between attempts; a local stack is less patient. */
  readonly backoffMs?: BackoffBounds;
  /** How long a target may take to answer. */
  readonly timeoutMs?: number;
  /** Whose event it is: where events wait for a slot, their owners take turns. One owner of all unless said otherwise. */
  readonly ownerOf?: (event: ObjectEvent) => string;
  readonly chaos?: ChaosOptions;
  readonly random?: () => number;
  /** Told of every attempt that was not answered 2xx. */
  readonly onFailedAttempt?: (event: ObjectEvent, attempt: number, reason: string) => void;
}

const DEFAULT_BACKOFF_MS: BackoffBounds = { min: 100, max: 10_000 };
const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_CONCURRENCY = 16;

interface Held {
  overtakenBy: number;
  readonly release: () => void;
}

export class EventDelivery {
  readonly #slots: Slots;
  readonly #agent: Agent;
  readonly #fate: () => Fate;
  readonly #closing = new AbortController();
  readonly #held = new Set<Held>();
  readonly #waits = new Waits();

  constructor(private readonly options: EventDeliveryOptions) {
    const concurrency = options.concurrency ?? DEFAULT_CONCURRENCY;
    this.#slots = new Slots(concurrency, this.#closing.signal);
    this.#agent = new Agent({ keepAlive: true, maxSockets: concurrency });
    this.#fate = options.chaos ? chaos(options.chaos) : () => UNTOUCHED;
    // Every delivery held back listens to it.
    setMaxListeners(0, this.#closing.signal);
  }

  /** Resolves when the target has answered every copy 2xx. Rejects only when closed before that. */
  readonly deliver = async (event: ObjectEvent): Promise<void> => {
    const target = this.options.targets[event.type];
    if (target === undefined) return;
    const fate = this.#fate();
    if (fate.hold) await this.#hold(fate.hold);
    const sent = Promise.all(fate.copiesDelayMs.map((delayMs) => this.#send(event, target, delayMs)));
    if (!fate.hold) this.#overtakeHeld();
    await sent;
  };

  /** Ends the requests under way; their events are delivered again by whoever offers them next. */
  close(): void {
    this.#closing.abort();
    this.#waits.end(this.#closing.signal.reason);
    this.#agent.destroy();
  }

  async #send(event: ObjectEvent, url: string, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.#waits.wait(delayMs);
    const owner = this.options.ownerOf?.(event) ?? '';
    for (let attempt = 1; ; attempt += 1) {
      const failure = await this.#slots.run(owner, () => this.#attempt(event, url));
      if (failure === undefined) return;
      this.#closing.signal.throwIfAborted();
      this.options.onFailedAttempt?.(event, attempt, failure);
      const random = (this.options.random ?? Math.random)();
      const waitMs = backoff(attempt, this.options.backoffMs ?? DEFAULT_BACKOFF_MS);
      await this.#waits.wait(jittered(waitMs, random));
    }
  }

  /** @returns why it failed, undefined where it did not. */
  async #attempt(event: ObjectEvent, url: string): Promise<string | undefined> {
    const timeoutMs = this.options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    try {
      const message = binaryMessage(storageCloudEvent(event));
      const status = await postMessage({ url, message, agent: this.#agent, timeoutMs });
      return status >= 200 && status < 300 ? undefined : `answered ${status}`;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
  }

  async #hold({ overtakenBy, maxHoldMs }: NonNullable<Fate['hold']>): Promise<void> {
    const overtaken = new AbortController();
    const held: Held = { overtakenBy, release: () => overtaken.abort() };
    this.#held.add(held);
    const signal = AbortSignal.any([overtaken.signal, this.#closing.signal]);
    await delay(maxHoldMs, undefined, { signal }).catch(() => undefined);
    this.#held.delete(held);
    this.#closing.signal.throwIfAborted();
  }

  #overtakeHeld(): void {
    for (const held of this.#held) {
      held.overtakenBy -= 1;
      if (held.overtakenBy === 0) held.release();
    }
  }
}

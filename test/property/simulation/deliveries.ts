/**
 * The events and messages that are still to be delivered, in any order. A job takes a delivery and works on it; if the job
 * fails, the delivery is repeated. Each delivery must have its effect before it is acknowledged.
 */
import type { ImageMessage } from '@hangtag/shared/domain/image-message.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { MAX_ATTEMPTS } from './installation.js';
import type { Debt, Rules } from './rules.js';

export interface Delivery {
  readonly debt: Debt;
  readonly source:
    | { readonly kind: 'event'; readonly object: StoredObject }
    | { readonly kind: 'message' | 'dead'; readonly message: ImageMessage; readonly publishedAt: number };
  attempt: number;
}

export interface Climate {
  /** Whether the subscription counts deliveries and ends them at a limit; otherwise the age gate does. */
  readonly countsDeliveries: boolean;
}

export class Deliveries {
  #waiting: Delivery[] = [];

  constructor(
    private readonly rules: Rules,
    private readonly climate: Climate,
  ) {}

  get areOver(): boolean {
    return this.#waiting.length === 0;
  }

  event(kind: 'finalized' | 'deleted', object: StoredObject): void {
    const { name, generation } = object;
    const debt = this.rules.owe({ kind, name, generation });
    this.#waiting.push({ debt, source: { kind: 'event', object }, attempt: 0 });
  }

  message(message: ImageMessage, publishedAt: number): void {
    const { name, generation } = message;
    this.rules.published(name, generation);
    const debt = this.rules.owe({ kind: 'message', name, generation });
    this.#waiting.push({ debt, source: { kind: 'message', message, publishedAt }, attempt: 0 });
  }

  /** @returns undefined if nothing waits, like the next two methods */
  take(pick: number): Delivery | undefined {
    return this.#drop(picked(this.#waiting, pick));
  }

  duplicate(pick: number): Delivery | undefined {
    const delivery = picked(this.#waiting, pick);
    if (delivery) this.#waiting.push({ ...delivery, debt: this.rules.owe(delivery.debt) });
    return delivery;
  }

  /** Events only: a topic keeps its messages. */
  lose(pick: number): Delivery | undefined {
    const events = this.#waiting.filter(({ source }) => source.kind === 'event');
    const delivery = this.#drop(picked(events, pick));
    if (delivery) this.rules.forgive(delivery.debt);
    return delivery;
  }

  /** Its job failed. A message that was delivered too often becomes a dead letter. */
  comeBack(delivery: Delivery): void {
    const { source, attempt } = delivery;
    const isDead = source.kind === 'message' && this.climate.countsDeliveries && attempt > MAX_ATTEMPTS;
    this.#waiting.push(isDead ? { ...delivery, source: { ...source, kind: 'dead' }, attempt: 0 } : delivery);
  }

  #drop(delivery: Delivery | undefined): Delivery | undefined {
    this.#waiting = this.#waiting.filter((other) => other !== delivery);
    return delivery;
  }
}

/** One of the items by any number, so that a schedule need not know how many there are. */
export function picked<Item>(items: readonly Item[], pick: number): Item | undefined {
  return items[pick % items.length];
}

export function label({ name, generation }: { readonly name: string; readonly generation: string }): string {
  return `${name}@${generation}`;
}

export function describe({ debt, source }: Delivery): string {
  return `${source.kind === 'dead' ? 'dead letter' : debt.kind} ${label(debt)}`;
}

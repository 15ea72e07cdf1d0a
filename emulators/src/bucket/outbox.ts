/**
 * Hands every event that became durable to the sink, and forgets it once the sink's promise resolves. A sink that
 * rejects, or a process that dies before the acknowledgement is written, gets the event again at the next start: at
 * least once, never nothing.
 */

import type { Catalog } from './catalog.js';
import type { Journal } from './journal.js';
import type { JournalEntry } from './journal-entry.js';
import type { EventRecord } from './record.js';
import { type ObjectEvent, objectEvent } from './resource.js';

/** Resolves when the event needs no further delivery. */
export type EventSink = (event: ObjectEvent) => Promise<void>;

export interface OutboxOptions {
  readonly sink: EventSink;
  readonly catalog: Catalog;
  readonly journal: Journal<JournalEntry>;
  readonly baseUrl: () => string;
}

export class Outbox {
  constructor(private readonly options: OutboxOptions) {}

  /** Offers what an earlier run left unacknowledged. */
  start(): void {
    this.offer([...this.options.catalog.pendingEvents.values()]);
  }

  offer(events: readonly EventRecord[]): void {
    for (const event of events) void this.#deliver(event);
  }

  async #deliver(event: EventRecord): Promise<void> {
    const { sink, journal, baseUrl } = this.options;
    try {
      await sink(objectEvent(event, baseUrl()));
      await journal.append({ kind: 'acknowledged', eventId: event.id });
    } catch {
      // Still pending in the journal: the next start offers it again.
    }
  }
}

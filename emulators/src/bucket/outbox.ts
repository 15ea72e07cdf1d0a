/**
 * Delivers every durable event to the sink, at least once. The sink's promise is the acknowledgement. When it rejects, or
 * when the process ends before the acknowledgement is written, the event is delivered again at the next start.
 */

import type { Catalog } from './catalog.js';
import type { Journal } from './journal.js';
import type { EventRecord, JournalEntry } from './record.js';
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

  /** Delivers the events that an earlier run did not get acknowledged. */
  start(): void {
    this.deliver([...this.options.catalog.pendingEvents.values()]);
  }

  deliver(events: readonly EventRecord[]): void {
    for (const event of events) void this.#deliver(event);
  }

  async #deliver(event: EventRecord): Promise<void> {
    const { sink, journal, baseUrl } = this.options;
    try {
      await sink(objectEvent(event, baseUrl()));
      await journal.append({ kind: 'acknowledged', eventId: event.id });
    } catch {
      // The event stays in the journal, and the next start delivers it again.
    }
  }
}

/**
 * Computes the change of a write: records to put and to remove, and the events. It reads the present state of the catalog,
 * so the caller must hold the lock of the name until the change is in the journal.
 */

import { randomUUID } from 'node:crypto';
import { parseGeneration } from '@hangtag/shared/domain/generation.js';
import type { Catalog } from './catalog.js';
import type {
  ContentId,
  EventRecord,
  ObjectEventType,
  ObjectRecord,
  ObjectSettings,
  ObjectsEntry,
} from './record.js';

export type Change = Omit<ObjectsEntry, 'kind'>;

export interface RecordChange {
  readonly record: ObjectRecord;
  readonly change: Change;
}

export interface NewObject {
  readonly bucket: string;
  readonly name: string;
  readonly settings: ObjectSettings;
  readonly content: {
    readonly contentId: ContentId;
    readonly sizeBytes: number;
    readonly crc32c: string;
    readonly md5Hash?: string | undefined;
    readonly componentCount?: number | undefined;
  };
}

/** The attributes of an event. */
type Attributes = Readonly<Record<string, string>>;

export class ObjectChanges {
  constructor(
    private readonly catalog: Catalog,
    private readonly nowMs: () => number,
  ) {}

  /** A new live object, and the removal of the one that it replaces. */
  arrival({ bucket, name, settings, content }: NewObject): RecordChange {
    const previous = this.catalog.find(bucket, name);
    const now = this.#now();
    const { contentId, sizeBytes, crc32c, md5Hash, componentCount } = content;
    const record: ObjectRecord = {
      bucket,
      name,
      generation: parseGeneration(String(this.catalog.nextGeneration(this.nowMs()))),
      metageneration: 1,
      contentId,
      sizeBytes,
      crc32c,
      md5Hash,
      componentCount,
      timeCreated: now,
      updated: now,
      settings,
    };
    if (!previous) return { record, change: this.#put('finalized', record) };
    const finalized = this.#put('finalized', record, { overwroteGeneration: previous.generation });
    const retired = this.retirement(previous, { overwrittenByGeneration: record.generation });
    return { record, change: merge(retired, finalized) };
  }

  newSettings(old: ObjectRecord, settings: ObjectSettings): RecordChange {
    const metageneration = old.metageneration + 1;
    const record = { ...old, settings, metageneration, updated: this.#now() };
    return { record, change: this.#put('metadataUpdated', record) };
  }

  /** A versioned bucket keeps the object as a noncurrent version; another bucket removes it. */
  retirement(record: ObjectRecord, attributes: Attributes = {}): Change {
    return this.#isVersioned(record.bucket)
      ? this.#put('archived', { ...record, noncurrentSince: this.#now() }, attributes)
      : this.removal(record, attributes);
  }

  removal(record: ObjectRecord, attributes: Attributes = {}): Change {
    const event = eventOf({ type: 'deleted', time: this.#now(), record, attributes });
    return { removals: [record], puts: [], events: [event] };
  }

  #put(type: ObjectEventType, record: ObjectRecord, attributes: Attributes = {}): Change {
    // The time in the object's own resource.
    const time = record.noncurrentSince ?? record.updated;
    return { removals: [], puts: [record], events: [eventOf({ type, time, record, attributes })] };
  }

  #isVersioned(bucket: string): boolean {
    const { versioning } = this.catalog.bucket(bucket).record.settings;
    return (
      typeof versioning === 'object' &&
      versioning !== null &&
      'enabled' in versioning &&
      versioning.enabled === true
    );
  }

  #now(): string {
    return new Date(this.nowMs()).toISOString();
  }
}

function eventOf(facts: Omit<EventRecord, 'id'>): EventRecord {
  return { id: randomUUID(), ...facts };
}

export function merge(first: Change, second: Change): Change {
  return {
    removals: [...first.removals, ...second.removals],
    puts: [...first.puts, ...second.puts],
    events: [...first.events, ...second.events],
  };
}

import { isWithin, type NameRange } from '../../domain/name-range.js';
import type { RangeDigest } from '../../domain/range-proof.js';
import type { ImageRecord, ModelRef, RecordVersion } from '../../domain/record.js';
import { parseRecord, RECORD_FIELDS } from '../../domain/stored-record.js';
import type { Change, NewRecord } from '../../domain/transitions.js';
import { compareUtf8 } from '../../domain/utf8-order.js';
import { standardLog } from '../../log.js';
import type { Clock } from '../../ports/clock.js';
import type { RecordFilter, RecordKey, RecordStore, Selection, Versioned } from '../../ports/record-store.js';
import { type FaultLog, readable } from '../unreadable.js';

/** One document, as listeners and snapshots see it. */
export interface RecordSnapshot extends Versioned {
  readonly key: RecordKey;
}

/**
 * A Map with the guarantees of Firestore: create fails if the document exists, update fails if it has changed. A write replaces
 * the record object and never changes it, so a reader's record stays the same.
 */
export class MemoryRecordStore implements RecordStore {
  readonly #documents = new Map<string, RecordSnapshot>();
  readonly #listeners = new Set<(snapshot: RecordSnapshot) => void>();
  readonly #clock: Clock;
  readonly #log: FaultLog;
  #writes = 0;

  constructor(clock: Clock, log: FaultLog = standardLog) {
    this.#clock = clock;
    this.#log = log;
  }

  async get(key: RecordKey): Promise<Versioned | undefined> {
    return this.#documents.get(pathOf(key));
  }

  async create(key: RecordKey, record: NewRecord): Promise<RecordVersion | undefined> {
    if (this.#documents.has(pathOf(key))) return undefined;
    const now = this.#clock.now();
    return this.#put(key, { queuedAt: now, ...record, updatedAt: now });
  }

  async update(key: RecordKey, change: Change, version: RecordVersion): Promise<boolean> {
    const current = this.#documents.get(pathOf(key));
    if (current?.version !== version) return false;
    const now = this.#clock.now();
    const stamped = change.stamp === undefined ? {} : { [change.stamp]: now };
    this.#put(key, { ...current.record, ...change.set, ...stamped, updatedAt: now });
    return true;
  }

  async digest(range: NameRange): Promise<RangeDigest> {
    let count = 0;
    let sum = 0;
    for (const { record } of this.#documents.values()) {
      if (!inRange(record, range)) continue;
      count += 1;
      sum += record.check;
    }
    return { count, sum };
  }

  async *scan(selection: Selection): AsyncIterable<Versioned> {
    const hits = this.#select(selection).sort((a, b) => compareUtf8(a.record.name, b.record.name));
    yield* hits.slice(0, selection.limit);
  }

  async count(selection: Selection): Promise<number> {
    return this.#select(selection).length;
  }

  async nextModel(bucket: string, after: string): Promise<ModelRef | undefined> {
    const models = this.#select({ bucket, from: '' }).flatMap(({ record }) => record.model ?? []);
    return models.filter(({ sha256 }) => sha256 > after).sort((a, b) => compareUtf8(a.sha256, b.sha256))[0];
  }

  /** Calls back after every write, as `onSnapshot` does. @returns how to stop */
  subscribe(listener: (snapshot: RecordSnapshot) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Every document, for a snapshot on disk. */
  entries(): Iterable<RecordSnapshot> {
    return this.#documents.values();
  }

  /** Restores the result of `entries`. A record that cannot be read is logged and left out. */
  restore(snapshots: Iterable<{ readonly key: RecordKey; readonly record: ImageRecord }>): void {
    for (const { key, record: stored } of snapshots) {
      const record = readable(pathOf(key), () => parseRecord({ ...stored }, RECORD_FIELDS), this.#log);
      if (record !== undefined) this.#put(key, record);
    }
  }

  #select({ filter, ...range }: Selection): RecordSnapshot[] {
    return [...this.#documents.values()].filter(
      ({ record }) => inRange(record, range) && passes(record, filter),
    );
  }

  /** Keeps only the address and drops further fields of a key: a name must not remain after its record is erased. */
  #put({ tenant, imageId }: RecordKey, record: ImageRecord): RecordVersion {
    const key = { tenant, imageId };
    this.#writes += 1;
    const version = String(this.#writes) as RecordVersion;
    const snapshot = { key, record, version };
    this.#documents.set(pathOf(key), snapshot);
    for (const listener of this.#listeners) listener(snapshot);
    return version;
  }
}

function pathOf({ tenant, imageId }: RecordKey): string {
  return `${tenant}/${imageId}`;
}

function inRange(record: ImageRecord, range: NameRange): boolean {
  return record.present && record.bucket === range.bucket && isWithin(record.name, range);
}

function passes(record: ImageRecord, filter: RecordFilter | undefined): boolean {
  if (filter === undefined) return true;
  if ('model' in filter) return record.model?.sha256 === filter.model;
  if (filter.reason !== undefined && record.reason !== filter.reason) return false;
  return record.status === filter.status && record.queuedAt !== null && record.queuedAt < filter.queuedBefore;
}

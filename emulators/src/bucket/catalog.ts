/**
 * The server's state in memory: buckets, all generations of their objects in UTF-8 order, and the events without an
 * acknowledgement. Only `apply` changes it, one journal entry at a time.
 */

import { compareGenerations, type Generation } from '@hangtag/shared/domain/generation.js';
import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import sortedBtree from 'sorted-btree';
import { bucketNotFound } from './api-error.js';
import type { BucketRecord, EventRecord, JournalEntry, ObjectRecord, ObjectsEntry } from './record.js';

const BTree = sortedBtree.default;
const MICROSECONDS_PER_MS = 1000n;

export interface Bucket {
  record: BucketRecord;
  /** By name, the oldest generation first. Only the last generation of a name can be live. */
  readonly objects: InstanceType<typeof BTree<string, readonly ObjectRecord[]>>;
  /** Object changes in progress. A bucket is deleted only when there are none; while it is deleted, none may start. */
  writers: number;
  closing: boolean;
}

export const isLive = (record: ObjectRecord): boolean => record.noncurrentSince === undefined;

export class Catalog {
  readonly buckets = new Map<string, Bucket>();
  readonly pendingEvents = new Map<string, EventRecord>();
  #lastGeneration = 0n;

  /** Microseconds since 1970, as in production, but always higher than the last one. */
  nextGeneration(nowMs: number): bigint {
    const now = BigInt(nowMs) * MICROSECONDS_PER_MS;
    this.#lastGeneration = now > this.#lastGeneration ? now : this.#lastGeneration + 1n;
    return this.#lastGeneration;
  }

  /** @throws {ApiError} 404 */
  bucket(name: string): Bucket {
    const bucket = this.buckets.get(name);
    if (!bucket || bucket.closing) throw bucketNotFound(name);
    return bucket;
  }

  /** The live object, or the given generation. @throws {ApiError} 404: the bucket does not exist. */
  find(bucketName: string, name: string, generation?: Generation): ObjectRecord | undefined {
    const versions = this.bucket(bucketName).objects.get(name) ?? [];
    return generation === undefined
      ? versions.findLast(isLive)
      : versions.find((record) => record.generation === generation);
  }

  apply(entry: JournalEntry): void {
    switch (entry.kind) {
      case 'clock':
        this.#raiseLastGeneration(entry.lastGeneration);
        return;
      case 'bucket':
        this.#putBucket(entry.bucket);
        return;
      case 'bucket-deleted':
        this.buckets.delete(entry.name);
        return;
      case 'objects':
        this.#applyObjects(entry);
        return;
      case 'acknowledged':
        this.pendingEvents.delete(entry.eventId);
        return;
    }
  }

  *snapshot(): Generator<JournalEntry> {
    yield { kind: 'clock', lastGeneration: String(this.#lastGeneration) };
    for (const bucket of this.buckets.values()) {
      yield { kind: 'bucket', bucket: bucket.record };
      for (const versions of bucket.objects.values()) {
        yield { kind: 'objects', removals: [], puts: [...versions], events: [] };
      }
    }
    for (const event of this.pendingEvents.values()) {
      yield { kind: 'objects', removals: [], puts: [], events: [event] };
    }
  }

  *contentIds(): Generator<string> {
    for (const bucket of this.buckets.values()) {
      for (const versions of bucket.objects.values()) yield* versions.map((record) => record.contentId);
    }
  }

  #putBucket(record: BucketRecord): void {
    const known = this.buckets.get(record.name);
    if (known) known.record = record;
    else
      this.buckets.set(record.name, {
        record,
        objects: new BTree(undefined, compareUtf8),
        writers: 0,
        closing: false,
      });
  }

  #applyObjects(entry: ObjectsEntry): void {
    for (const { bucket, name, generation } of entry.removals) {
      this.#changeVersions(bucket, name, (versions) =>
        versions.filter((one) => one.generation !== generation),
      );
    }
    for (const record of entry.puts) {
      this.#raiseLastGeneration(record.generation);
      this.#changeVersions(record.bucket, record.name, (versions) => withVersion(versions, record));
    }
    for (const event of entry.events) this.pendingEvents.set(event.id, event);
  }

  #changeVersions(
    bucket: string,
    name: string,
    change: (versions: readonly ObjectRecord[]) => readonly ObjectRecord[],
  ): void {
    const { objects } = this.bucket(bucket);
    const versions = change(objects.get(name) ?? []);
    if (versions.length === 0) objects.delete(name);
    else objects.set(name, versions);
  }

  #raiseLastGeneration(generation: string): void {
    const used = BigInt(generation);
    if (used > this.#lastGeneration) this.#lastGeneration = used;
  }
}

function withVersion(versions: readonly ObjectRecord[], record: ObjectRecord): readonly ObjectRecord[] {
  const others = versions.filter((one) => one.generation !== record.generation);
  return [...others, record].sort((a, b) => compareGenerations(a.generation, b.generation));
}

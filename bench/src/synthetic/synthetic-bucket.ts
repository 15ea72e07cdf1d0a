/**
 * A bucket and its records that are generated when they are read: name, generation and fingerprint follow from
 * an index. A million of them take no memory, so the heap of the sweep itself can be measured.
 */
import { type Generation, parseGeneration } from '@hangtag/shared/domain/generation.js';
import { checkOf, type ImageId, imageIdOf } from '@hangtag/shared/domain/identity.js';
import type { NameRange } from '@hangtag/shared/domain/name-range.js';
import type { RecordVersion } from '@hangtag/shared/domain/record.js';
import { onFinalized } from '@hangtag/shared/domain/transitions.js';
import type { ListPage, ListRequest, ObjectStore, StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { RecordStore, Versioned } from '@hangtag/shared/ports/record-store.js';

const BUCKET = 'synthetic';
const PREFIX = 'photos/';
const DIGITS = 9;
const VERSION = '1' as RecordVersion;
const EPOCH_MICROS = 1_700_000_000_000_000;

export interface SyntheticBucket {
  readonly bucket: string;
  readonly objects: ObjectStore;
  readonly records: RecordStore;
}

/** @param missing indices of the objects that have no record before the sweep */
export function syntheticBucket(size: number, missing: Iterable<number>): SyntheticBucket {
  const lacking = new Map([...missing].map((index) => [imageIdOf(BUCKET, nameAt(index)), index]));
  return { bucket: BUCKET, objects: syntheticObjects(size), records: syntheticRecords(size, lacking) };
}

function syntheticObjects(size: number): ObjectStore {
  return {
    async list(_bucket, { startOffset = '', maxResults = 1_000 }: ListRequest): Promise<ListPage> {
      const first = indexFrom(startOffset);
      const length = Math.min(maxResults, Math.max(0, size - first));
      const objects = Array.from({ length }, (_, offset) => objectAt(first + offset));
      const last = objects.at(-1)?.name;
      return first + length < size && last !== undefined ? { objects, nextPageToken: last } : { objects };
    },
    stat: unused,
    read: unused,
    write: unused,
    remove: unused,
  };
}

function syntheticRecords(size: number, lacking: Map<ImageId, number>): RecordStore {
  const absent = new Set(lacking.values());
  const within = ({ from, to }: NameRange) =>
    [indexFrom(from), to === undefined ? size : indexFrom(to)] as const;
  return {
    async get({ imageId }) {
      if (absent.has(lacking.get(imageId) ?? -1)) return undefined;
      throw new Error('Expected to be asked for records that are missing alone');
    },
    async create({ imageId }) {
      return absent.delete(lacking.get(imageId) ?? -1) ? VERSION : undefined;
    },
    async digest(range) {
      const [first, end] = within(range);
      const digest = { count: 0, sum: 0 };
      for (let index = first; index < end; index += 1) {
        if (absent.has(index)) continue;
        digest.count += 1;
        digest.sum += checkOf(nameAt(index), generationAt(index));
      }
      return digest;
    },
    async *scan(range) {
      const [first, end] = within(range);
      for (let index = first; index < end; index += 1) if (!absent.has(index)) yield recordAt(index);
    },
    update: unused,
    count: unused,
    nextModel: unused,
  };
}

function nameAt(index: number): string {
  return `${PREFIX}${String(index).padStart(DIGITS, '0')}.jpg`;
}

/** '' is before all names. */
function indexFrom(name: string): number {
  return name === '' ? 0 : Number.parseInt(name.slice(PREFIX.length, PREFIX.length + DIGITS), 10);
}

function generationAt(index: number): Generation {
  return parseGeneration(EPOCH_MICROS + index);
}

function objectAt(index: number): StoredObject {
  return {
    bucket: BUCKET,
    name: nameAt(index),
    generation: generationAt(index),
    size: 1_000_000,
    contentType: 'image/jpeg',
    md5Hash: '',
    uploadedAt: EPOCH_MICROS / 1_000,
    metadata: {},
  };
}

function recordAt(index: number): Versioned {
  const decision = onFinalized(undefined, {
    ...objectAt(index),
    owner: null,
    ref: null,
    priority: 'live',
    status: 'queued',
    reason: null,
  });
  if (decision.kind !== 'create') throw new Error('Expected a first upload to create a record');
  const stamps = { queuedAt: 0, labeledAt: 0, updatedAt: 0 };
  return { record: { ...decision.record, ...stamps }, version: VERSION };
}

function unused(): Promise<never> {
  return Promise.reject(new Error('Expected this benchmark not to need that'));
}

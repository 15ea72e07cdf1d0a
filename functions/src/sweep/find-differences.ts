/**
 * Finds the differences between a page of objects and its records, in the order of names, with few reads.
 *
 * One digest proves a page. If it differs, the page is halved: the digest of the left half is read, and that of the right half
 * is computed by subtraction. The search of a part ends if its digest matches, if it has no records, if exactly one record is
 * missing (the sum identifies it), or if it has so few records that reading them costs no more than further halving.
 *
 * Objects and records change during the comparison. An outdated digest only costs more reads: each reported difference was
 * read from the records themselves, or is checked again by the compare-and-set of its repair.
 */
import { isOwnOutput } from '@hangtag/shared/domain/admission.js';
import { compareGenerations } from '@hangtag/shared/domain/generation.js';
import { imageMessageOf } from '@hangtag/shared/domain/image-message.js';
import { type NameRange, rangeOf } from '@hangtag/shared/domain/name-range.js';
import {
  digestOf,
  type Fingerprinted,
  fingerprint,
  isSameDigest,
  loneMissing,
  type RangeDigest,
  subtract,
} from '@hangtag/shared/domain/range-proof.js';
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import { compareUtf8 } from '@hangtag/shared/domain/utf8-order.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import type { Versioned } from '@hangtag/shared/ports/record-store.js';
import type { Difference } from './difference.js';
import type { ObjectPage } from './list-page.js';
import type { SweepPorts } from './ports.js';

/** A part with at most this many records is not halved: each halving costs a read too, and two of them isolate one of four. */
const MAX_READ_RECORDS = 4;

type FinderPorts = Pick<SweepPorts, 'records' | 'objects' | 'clock' | 'limits'>;

interface Part {
  readonly listed: readonly Fingerprinted<StoredObject>[];
  readonly range: NameRange;
}

export async function* findDifferences(page: ObjectPage, ports: FinderPorts): AsyncGenerator<Difference> {
  const part = { listed: page.objects.map(fingerprint), range: page.range };
  yield* drill(part, await ports.records.digest(page.range), ports);
}

async function* drill(part: Part, found: RangeDigest, ports: FinderPorts): AsyncGenerator<Difference> {
  const { listed } = part;
  if (isSameDigest(digestOf(listed), found)) return;
  if (found.count === 0) {
    yield* listed.map(({ object }) => absent(object, ports));
    return;
  }
  const suspect = loneMissing(listed, found);
  if (suspect !== undefined && (await ports.records.get(imageMessageOf(suspect))) === undefined) {
    yield absent(suspect, ports);
    return;
  }
  if (found.count <= MAX_READ_RECORDS || listed.length <= 1) {
    yield* compare(part, ports);
    return;
  }
  const [left, right] = halve(part);
  const foundLeft = await ports.records.digest(left.range);
  yield* drill(left, foundLeft, ports);
  yield* drill(right, subtract(found, foundLeft), ports);
}

function halve({ listed, range: { bucket, from, to } }: Part): readonly [Part, Part] {
  const middle = Math.ceil(listed.length / 2);
  const border = listed[middle]?.object.name;
  return [
    { listed: listed.slice(0, middle), range: rangeOf(bucket, from, border) },
    { listed: listed.slice(middle), range: rangeOf(bucket, border ?? from, to) },
  ];
}

/** Merges objects and records, which both have the order of names. */
async function* compare({ listed, range }: Part, ports: FinderPorts): AsyncGenerator<Difference> {
  const objects = listed.map(({ object }) => object);
  let next = 0;
  for await (const known of ports.records.scan(range)) {
    for (; isBefore(objects[next], known.record); next += 1) yield* unrecorded(objects[next], ports);
    const object = objects[next];
    if (object?.name !== known.record.name) {
      yield* unlisted(known, ports);
      continue;
    }
    next += 1;
    if (compareGenerations(object.generation, known.record.generation) > 0)
      yield { kind: 'outdated', object };
  }
  for (; next < objects.length; next += 1) yield* unrecorded(objects[next], ports);
}

function isBefore(object: StoredObject | undefined, record: ImageRecord): boolean {
  return object !== undefined && compareUtf8(object.name, record.name) < 0;
}

function* unrecorded(object: StoredObject | undefined, ports: FinderPorts): Generator<Difference> {
  if (object !== undefined) yield absent(object, ports);
}

function absent(object: StoredObject, { clock, limits }: FinderPorts): Difference {
  const isYoung = object.uploadedAt > clock.now() - limits.graceMs;
  return { kind: isYoung ? 'in-flight' : 'missing', object };
}

/** Asks the bucket again about a record that is not in the listing: its object may have been uploaded after the listing. */
async function* unlisted(known: Versioned, { objects }: FinderPorts): AsyncGenerator<Difference> {
  const { bucket, name, generation } = known.record;
  const object = await objects.stat(bucket, name);
  if (object === undefined || isOwnOutput(object)) yield { kind: 'gone', known };
  else if (compareGenerations(object.generation, generation) > 0) yield { kind: 'outdated', object };
}

/**
 * Where a page and its records differ, in the order of names, for as few reads as can be.
 *
 * One digest proves a page. Where it does not, the page is halved: a digest of the left half is read, that of the right
 * half follows by subtraction. A part ends the search when it agrees, when it has no records at all, when it lacks
 * exactly one record (the sum names it), or when reading its few records costs no more than halving on.
 *
 * The bucket and the records move while they are compared. A digest that comes too late costs reads and no more: what
 * is reported was seen in the records themselves, or is decided again by the compare-and-set of its repair.
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

/** Records that are read rather than halved on: a half costs one read, and two halvings find one of four. */
const READ_AT_MOST = 4;

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
  if (found.count <= READ_AT_MOST || listed.length <= 1) {
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

/** Walks objects and records side by side: both come in the order of names. */
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

/** A record whose name the listing lacked is gone only if the bucket still says so: it may have come since. */
async function* unlisted(known: Versioned, { objects }: FinderPorts): AsyncGenerator<Difference> {
  const { bucket, name, generation } = known.record;
  const object = await objects.stat(bucket, name);
  if (object === undefined || isOwnOutput(object)) yield { kind: 'gone', known };
  else if (compareGenerations(object.generation, generation) > 0) yield { kind: 'outdated', object };
}

/**
 * What is left of an image that its owner wants erased: a tombstone without a name. The record cannot be deleted: the
 * bucket's event about the deleted object is still to come, names the owner, and would create a record again. The tombstone
 * is of the same generation, so that no later event of that object changes it. The TTL deletes it like every record.
 */
import { createHash } from 'node:crypto';
import { type ImageRecord, NO_APPEARANCE } from './record.js';
import { type Decision, nothing, type ObjectFacts, onDeleted } from './transitions.js';

/** @param current what the erasure needs to know of the owner's record */
export function onErased(current: Pick<ImageRecord, 'name'> | undefined): Decision {
  if (current === undefined || isErased(current)) return nothing('erased');
  return { kind: 'update', change: { set: NAMELESS } };
}

/** The same for an object of the owner, whatever its record says: there may be none, or one of an older generation. */
export function onObjectErased(current: ImageRecord | undefined, object: ObjectFacts): Decision {
  const decision = onDeleted(current, object);
  switch (decision.kind) {
    case 'create':
      return { kind: 'create', record: { ...decision.record, ...NAMELESS } };
    case 'update':
      return { kind: 'update', change: { set: { ...decision.change.set, ...NAMELESS } } };
    case 'void':
      return decision.because === 'already-settled' ? onErased(current) : decision;
  }
}

/** True for a record that was erased, or a row of one. */
export function isErased({ name }: Pick<ImageRecord, 'name'>): boolean {
  return name === '';
}

/** Finds the rows of an owner in a report, and does not show the owner to those who read it. */
export function ownerDigest(owner: string): string {
  return createHash('sha256').update(owner).digest('hex');
}

/** Stands for a person who was erased, where a judgement or a change of that person stays. */
export const ERASED_PERSON = 'erased';

const NAMELESS = {
  status: 'deleted',
  reason: null,
  present: false,
  name: '',
  contentType: '',
  md5Hash: '',
  size: 0,
  check: 0,
  owner: null,
  ref: null,
  category: null,
  confidence: null,
  labels: [],
  tier: null,
  typicality: null,
  shadow: null,
  opinion: null,
  embedding: null,
  ...NO_APPEARANCE,
  correction: null,
} as const;

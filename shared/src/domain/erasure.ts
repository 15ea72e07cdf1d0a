/**
 * What is left of an image whose owner wants it gone: a tombstone without a name. Removing the record altogether would not
 * do: the bucket's own event about the deleted object is still to come, carries the owner's name, and would make a new one.
 * The tombstone is older than no event, so that event changes nothing; the TTL takes it like every record.
 */
import type { ImageRecord } from './record.js';
import type { Decision } from './transitions.js';

export function onErased(current: ImageRecord | undefined): Decision {
  if (current === undefined || isErased(current)) return { kind: 'void', because: 'erased' };
  return { kind: 'update', change: { set: NAMELESS } };
}

/** True of a record, or a row of one, whose owner had it erased. */
export function isErased({ name }: Pick<ImageRecord, 'name'>): boolean {
  return name === '';
}

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
  embedding: null,
  correction: null,
} as const;

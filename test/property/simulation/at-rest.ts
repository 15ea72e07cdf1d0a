/** The conditions that every image must meet after all deliveries and sweeps. */
import type { ImageRecord } from '@hangtag/shared/domain/record.js';
import type { StoredObject } from '@hangtag/shared/ports/object-store.js';
import { type Content, MAX_ATTEMPTS } from './installation.js';
import { RuleBroken } from './rules.js';

export interface Ending {
  readonly name: string;
  /** What the bucket holds under the name. */
  readonly live: StoredObject | undefined;
  readonly record: ImageRecord | undefined;
  /** Of the live generation. */
  readonly content: Content | undefined;
  /** Deliveries of the live generation that were started. */
  readonly tries: number;
}

/** @throws {RuleBroken} */
export function assertEnded({ name, live, record, content, tries }: Ending): void {
  const found = record ? `${record.status} ${record.reason ?? ''} at ${record.generation}` : 'nothing';
  if (live === undefined) {
    if (record?.present) throw new RuleBroken(4, `${name} was deleted but its record says ${found}`);
    return;
  }
  if (record?.generation !== live.generation || !record.present || record.status === 'queued') {
    throw new RuleBroken(4, `${name}@${live.generation} is live but its record says ${found}`);
  }
  const isCorrected = record.correction?.generation === record.generation;
  // Its process crashed or was slow as often as an image is tried, so it is treated like an image that kills workers.
  const isWornOut = tries >= MAX_ATTEMPTS;
  if (isCorrected || isWornOut || record.status === deserved(content)) return;
  throw new RuleBroken(6, `${name}@${live.generation} is ${content} but its record says ${found}`);
}

function deserved(content: Content | undefined): ImageRecord['status'] {
  if (content === 'good') return 'done';
  return content === 'doubtful' ? 'review' : 'failed';
}

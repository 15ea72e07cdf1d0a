/** A person decides the category of an image. `firestore.rules` has the same rule for clients: change both together. */
import type { Generation } from './generation.js';
import type { Correction, ImageRecord } from './record.js';
import { categoryOf } from './report/day-row.js';
import { type Decision, nothing } from './transitions.js';

export interface Judgement extends Pick<Correction, 'by' | 'at'> {
  /** Absent: the category that the image has now is right. */
  readonly category?: string | undefined;
  /** The generation that the person saw. Absent: whichever the record has. */
  readonly generation?: Generation | undefined;
}

/** Only labelled images have a category that can be corrected: a file that is no image has none. */
export function onJudged(current: ImageRecord | undefined, judgement: Judgement): Decision {
  if (current === undefined) return nothing('not-recorded');
  const { by, at, generation = current.generation, category = categoryOf(current) } = judgement;
  if (generation !== current.generation) return nothing('older-generation');
  if ((current.status !== 'done' && current.status !== 'review') || category === null) {
    return nothing('not-labelled');
  }
  const correction = { category, by, at, generation };
  return { kind: 'update', change: { set: { correction, status: 'done', reason: null } } };
}

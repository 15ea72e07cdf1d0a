import type { ImageRecord } from '../record.js';

/** What the report reads of a record: all but the embedding and the labels below the best. */
export type DayRow = Pick<ImageRecord, (typeof DAY_ROW_FIELDS)[number]>;

export const DAY_ROW_FIELDS = [
  'bucket',
  'name',
  'generation',
  'uploadedAt',
  'status',
  'reason',
  'category',
  'confidence',
  'tier',
  'model',
  'correction',
  'timings',
  'ref',
  'present',
] as const satisfies readonly (keyof ImageRecord)[];

/** The category that counts: a person's word outranks the model's, where it was said of this generation. */
export function categoryOf(row: DayRow): string | null {
  return row.correction?.generation === row.generation ? row.correction.category : row.category;
}

/** Settled, and filed under another name since: the bucket no longer holds it where it came in. */
export function isMoved({ status, present }: Pick<DayRow, 'status' | 'present'>): boolean {
  return !present && status !== 'deleted';
}

/** Files of Hangtag's own have records like every object; they are no images that anybody brought. */
export function isOwnFile({ reason }: Pick<DayRow, 'reason'>): boolean {
  return reason === 'self-written';
}

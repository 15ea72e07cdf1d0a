import type { ImageRecord } from '../record.js';

/** The fields of a record that the report reads. */
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
  'typicality',
  'palette',
  'model',
  'shadow',
  'correction',
  'timings',
  'owner',
  'ref',
  'present',
] as const satisfies readonly (keyof ImageRecord)[];

/** The correction of this generation, or else the model's category. */
export function categoryOf(row: DayRow): string | null {
  return row.correction?.generation === row.generation ? row.correction.category : row.category;
}

/** The model on trial is sure of another category, and nobody has judged this generation. */
export function isDisputed({ status, shadow, correction, generation }: DayRow): boolean {
  const isLabelled = status === 'done' || status === 'review';
  return isLabelled && shadow?.disputes === true && correction?.generation !== generation;
}

/** Settled, and moved to the folder of its category: the bucket no longer holds it under the name of its upload. */
export function isMoved({ status, present }: Pick<DayRow, 'status' | 'present'>): boolean {
  return !present && status !== 'deleted';
}

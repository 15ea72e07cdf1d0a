/** The images of a tenant whose category a person corrected or confirmed, with that category. */
import type { TenantId } from '../domain/identity.js';
import type { DayRow } from '../domain/report/day-row.js';
import type { DayRecords } from '../ports/day-records.js';
import type { ObjectStore } from '../ports/object-store.js';
import { MOST_BYTES } from './embed-pictures.js';
import type { Gathered } from './labelled-pictures.js';
import { LessonError } from './lesson-error.js';

export interface JudgedImagesRequest {
  readonly tenant: TenantId;
  readonly nowMs: number;
  /** Reviewers whose corrections are learned though all are to one label. */
  readonly trusted: readonly string[];
}

/** From so many images on, one label only is a sign of a mistake. */
const SUSPICIOUS_FROM = 10;

/** @throws {LessonError} a reviewer gave the same category to everything */
export async function judgedImages(
  { tenant, nowMs, trusted }: JudgedImagesRequest,
  ports: { readonly dayRecords: DayRecords; readonly objects: ObjectStore },
): Promise<Gathered> {
  const rows: DayRow[] = [];
  for await (const row of ports.dayRecords.corrections(tenant, { fromMs: 0, toMs: nowMs + 1 }))
    rows.push(row);
  const current = rows.filter((row) => row.correction?.generation === row.generation);
  const suspects = oneLabelReviewers(current).filter(({ by }) => !trusted.includes(by));
  if (suspects.length > 0)
    throw new LessonError(
      'one-label',
      suspects.map(messageOf).join('\n'),
      suspects.map(({ by }) => by),
    );
  const present = current.filter((row) => row.present);
  const pictures = present
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((row) => ({
      name: row.name,
      label: row.correction?.category ?? '',
      read: () => ports.objects.read(row, MOST_BYTES),
    }));
  return { pictures, notes: notesOf({ rows, current, present }) };
}

interface Suspect {
  readonly by: string;
  readonly category: string;
  readonly count: number;
  /** Categories of the model, for these images. */
  readonly categories: number;
}

/** Who gave one category to ten images or more, of which the model had labelled at least three differently. */
function oneLabelReviewers(rows: readonly DayRow[]): readonly Suspect[] {
  const byReviewer = new Map<string, DayRow[]>();
  for (const row of rows) {
    const by = row.correction?.by ?? '';
    const known = byReviewer.get(by);
    if (known === undefined) byReviewer.set(by, [row]);
    else known.push(row);
  }
  return [...byReviewer].flatMap(([by, all]) => {
    const [category, ...others] = new Set(all.map(({ correction }) => correction?.category ?? ''));
    const categories = new Set(all.map((row) => row.category)).size;
    if (category === undefined || others.length > 0 || all.length < SUSPICIOUS_FROM || categories < 3)
      return [];
    return { by, category, count: all.length, categories };
  });
}

function messageOf({ by, category, count, categories }: Suspect): string {
  return `Expected corrections to several categories by ${JSON.stringify(by)} but received ${count} images of ${categories} categories of the model, all corrected to "${category}"`;
}

function notesOf({
  rows,
  current,
  present,
}: Readonly<Record<'rows' | 'current' | 'present', readonly DayRow[]>>): readonly string[] {
  const confirmed = present.filter(({ category, correction }) => correction?.category === category).length;
  return [
    `${present.length} judged images: ${confirmed} confirmed, ${present.length - confirmed} corrected`,
    ...(rows.length > current.length
      ? [`${rows.length - current.length} were overwritten since, and are left out`]
      : []),
    ...(current.length > present.length
      ? [`${current.length - present.length} are not in the bucket, and are left out`]
      : []),
  ];
}

/** What the detail view shows of a record beside its image. Nothing here throws, whatever the record holds. */
import type { DocumentData } from 'firebase/firestore';
import { type Image, millisOf, numberOf, objectOf, textOf } from './image.js';

export type EventKind = 'uploaded' | 'queued' | 'labelled' | 'opinion' | 'corrected' | 'changed';

export interface RecordEvent {
  readonly kind: EventKind;
  /** Epoch milliseconds. */
  readonly at: number;
  /** A category. */
  readonly what: string | null;
  /** A person or a model. */
  readonly by: string | null;
}

/** In the order in which `classify` does them. */
export const STEPS = ['queuedMs', 'downloadMs', 'decodeMs', 'inferMs', 'totalMs'] as const;
export type Step = (typeof STEPS)[number];

/** More numbers than these are counted instead of listed: an embedding has 1,280. */
const MOST_NUMBERS = 16;

/** What happened to the image, the earliest first. */
export function eventsOf(data: DocumentData, { model, opinion }: Image): readonly RecordEvent[] {
  const correction = objectOf(data['correction']);
  const given = objectOf(data['opinion']);
  const events: readonly (Omit<RecordEvent, 'at'> & { readonly at: number | null })[] = [
    { kind: 'uploaded', at: millisOf(data['uploadedAt']), what: null, by: textOf(data['owner']) },
    { kind: 'queued', at: millisOf(data['queuedAt']), what: null, by: null },
    { kind: 'labelled', at: millisOf(data['labeledAt']), what: textOf(data['category']), by: model },
    ...(opinion === null
      ? []
      : [{ kind: 'opinion' as const, at: millisOf(given?.['at']), what: opinion.category, by: opinion.by }]),
    {
      kind: 'corrected',
      at: millisOf(correction?.['at']),
      what: textOf(correction?.['category']),
      by: textOf(correction?.['by']),
    },
    { kind: 'changed', at: millisOf(data['updatedAt']), what: textOf(data['status']), by: null },
  ];
  return events
    .flatMap(({ at, ...event }) => (at === null ? [] : [{ ...event, at }]))
    .toSorted((a, b) => a.at - b.at);
}

export function timingsOf(data: DocumentData): readonly (readonly [Step, number])[] {
  const timings = objectOf(data['timings']);
  return STEPS.flatMap((step) => {
    const ms = numberOf(timings?.[step]);
    return ms === null ? [] : [[step, ms] as const];
  });
}

/** The record as JSON, with times in UTC, and long lists of numbers by their length. */
export function rawTextOf(data: DocumentData): string {
  return JSON.stringify(plainOf(data), null, 2);
}

function plainOf(value: unknown): unknown {
  if (Array.isArray(value)) return isLong(value) ? `${value.length} numbers` : value.map(plainOf);
  const object = objectOf(value);
  if (object === null) return typeof value === 'bigint' ? String(value) : value;
  if (typeof object['toArray'] === 'function') return plainOf(object['toArray']());
  if (typeof object['toMillis'] === 'function') return timeText(millisOf(object));
  return Object.fromEntries(
    Object.keys(object)
      .sort()
      .map((key) => [key, plainOf(object[key])]),
  );
}

function isLong(values: readonly unknown[]): boolean {
  return values.length > MOST_NUMBERS && values.every((each) => typeof each === 'number');
}

function timeText(epochMs: number | null): string | null {
  const time = new Date(epochMs ?? Number.NaN);
  return Number.isNaN(time.getTime()) ? null : time.toISOString();
}

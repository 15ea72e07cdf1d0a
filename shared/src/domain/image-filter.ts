/** Which records a list of images contains. */
import { isErased } from './erasure.js';
import type { Colour } from './palette.js';
import type { ImageRecord, Status, Tier } from './record.js';
import { categoryOf } from './report/day-row.js';
import type { Window } from './report/day-window.js';

/** A record matches if it matches every given part. */
export interface ImageFilter {
  /** Absent: every status except `deleted`. */
  readonly status?: Status | undefined;
  /** A correction of the current generation, or else the model's. */
  readonly category?: string | undefined;
  readonly tier?: Tier | undefined;
  readonly owner?: string | undefined;
  /** The person who looks: see `isVisibleTo`. Absent: somebody who may see the images of all owners. */
  readonly viewer?: string | undefined;
  /** One of the colours with a large share. */
  readonly colour?: Colour | undefined;
  readonly uploaded?: Window | undefined;
  /** Part of the name, of the reference or of the category; upper and lower case are the same. */
  readonly text?: string | undefined;
}

export function isMatch(record: ImageRecord, filter: ImageFilter): boolean {
  const { status, category, tier, owner, viewer, colour, uploaded, text } = filter;
  return (
    !isErased(record) &&
    (status === undefined ? record.status !== 'deleted' : record.status === status) &&
    (category === undefined || categoryOf(record) === category) &&
    (tier === undefined || record.tier === tier) &&
    (owner === undefined || record.owner === owner) &&
    isVisibleTo(record, viewer) &&
    (colour === undefined || record.colours?.includes(colour) === true) &&
    (uploaded === undefined || isWithin(record.uploadedAt, uploaded)) &&
    (text === undefined || contains(record, text.toLowerCase()))
  );
}

/** Where images are private, a person sees their own images and those without an owner. */
export function isVisibleTo({ owner }: ImageRecord, viewer: string | undefined): boolean {
  return viewer === undefined || owner === null || owner === viewer;
}

function isWithin(instantMs: number, { fromMs, toMs }: Window): boolean {
  return instantMs >= fromMs && instantMs < toMs;
}

function contains(record: ImageRecord, text: string): boolean {
  const texts = [record.name, record.ref, categoryOf(record)];
  return texts.some((each) => each?.toLowerCase().includes(text));
}

/** How many images got their labels in each of the last minutes, and how long they took. */
import type { Image } from './image.js';

const MINUTE_MS = 60_000;
const MINUTES = 30;

export interface Activity {
  /** Labelled images of each minute, the latest last. */
  readonly counts: readonly number[];
  /** Median milliseconds from upload to label, of the images of each minute; null for a minute without. */
  readonly latenciesMs: readonly (number | null)[];
  /** Older images were not read, and the last minute may have begun with them: its count means "or more". */
  readonly isLastMinuteCut: boolean;
}

/** The last minute is that of the latest label: the clock of this machine can be wrong. */
export function activityOf(images: readonly Image[], read: 'all' | 'newest'): Activity {
  const last = images.reduce((latest, image) => Math.max(latest, minuteOf(image) ?? 0), 0);
  const byMinute = Array.from({ length: MINUTES }, (): number[] => []);
  for (const image of images) {
    const minute = minuteOf(image);
    if (minute !== null && image.latencyMs !== null)
      byMinute[MINUTES - 1 - (last - minute)]?.push(image.latencyMs);
  }
  const counts = byMinute.map(({ length }) => length);
  return {
    counts,
    isLastMinuteCut: read === 'newest' && counts.slice(0, -1).every((count) => count === 0),
    latenciesMs: byMinute.map((all) => all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)] ?? null),
  };
}

/** Of the label. */
function minuteOf({ uploadedAt, latencyMs }: Image): number | null {
  return latencyMs === null ? null : Math.floor((uploadedAt + latencyMs) / MINUTE_MS);
}

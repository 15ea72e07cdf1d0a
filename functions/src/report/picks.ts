import { destinationOf, isCopyOf } from '@hangtag/shared/domain/destination.js';
import { type DayRow, isMoved } from '@hangtag/shared/domain/report/day-row.js';
import { ImageError } from '@hangtag/shared/errors.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { Thumbnailer } from '@hangtag/shared/ports/thumbnailer.js';
import type { Pick } from './page/sections.js';

export interface PickPorts {
  readonly objects: ObjectStore;
  readonly thumbnailer: Thumbnailer;
  /** Largest picture fetched. */
  readonly maxBytes: number;
}

/** One after the other: at most one picture is in memory. */
export async function picksOf(rows: readonly DayRow[], ports: PickPorts): Promise<readonly Pick[]> {
  const picks: Pick[] = [];
  for (const row of rows) {
    const { name, ref, category, confidence, reason } = row;
    const title = ref ?? name.slice(name.lastIndexOf('/') + 1);
    const thumbnail = await thumbnailOf(row, ports);
    picks.push({ name, title, category, confidence, reason, thumbnail });
  }
  return picks;
}

async function thumbnailOf(row: DayRow, ports: PickPorts): Promise<string | undefined> {
  try {
    const bytes = await pictureOf(row, ports);
    if (bytes === undefined) return undefined;
    const webp = await ports.thumbnailer.thumbnail(bytes);
    return `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
  } catch (error) {
    // A picture that was labelled once and cannot be drawn now costs its thumbnail and not the report.
    if (error instanceof ImageError) return undefined;
    throw error;
  }
}

/** From where it came in, or from the place it was moved to since. */
async function pictureOf(row: DayRow, { objects, maxBytes }: PickPorts): Promise<Uint8Array | undefined> {
  const place = isMoved(row) ? destinationOf(row) : undefined;
  if (place === undefined) return objects.read(row, maxBytes);
  const copy = await objects.stat(row.bucket, place);
  return copy !== undefined && isCopyOf(copy, row.generation) ? objects.read(copy, maxBytes) : undefined;
}

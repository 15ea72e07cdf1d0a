import { claimedSource, destinationOf } from '@hangtag/shared/domain/destination.js';
import { type DayRow, isDisputed, isMoved } from '@hangtag/shared/domain/report/day-row.js';
import { failureOf } from '@hangtag/shared/errors.js';
import { standardLog } from '@hangtag/shared/log.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';
import type { Thumbnailer } from '@hangtag/shared/ports/thumbnailer.js';
import type { ReviewPick } from './page/sections.js';

export interface PickPorts {
  readonly objects: ObjectStore;
  readonly thumbnailer: Thumbnailer;
  /** Largest picture that is fetched. */
  readonly maxBytes: number;
  readonly log?: Pick<typeof standardLog, 'error'>;
}

/** One after the other, so that at most one picture is in memory. @throws {TransientError} the bucket failed */
export async function picksOf(rows: readonly DayRow[], ports: PickPorts): Promise<readonly ReviewPick[]> {
  const picks: ReviewPick[] = [];
  try {
    for (const row of rows) picks.push({ ...captionOf(row), thumbnail: await thumbnailOf(row, ports) });
  } finally {
    await ports.thumbnailer.close();
  }
  return picks;
}

function captionOf(row: DayRow): Omit<ReviewPick, 'thumbnail'> {
  const { name, ref, category, confidence, reason } = row;
  const title = ref ?? name.slice(name.lastIndexOf('/') + 1);
  const onTrial = isDisputed(row) ? (row.shadow?.category ?? null) : null;
  return { name, title, category, confidence, reason, onTrial };
}

async function thumbnailOf(row: DayRow, ports: PickPorts): Promise<string | undefined> {
  try {
    const bytes = await pictureOf(row, ports);
    if (bytes === undefined) return undefined;
    const webp = await ports.thumbnailer.thumbnail(bytes);
    return `data:image/webp;base64,${Buffer.from(webp).toString('base64')}`;
  } catch (error) {
    const { kind } = failureOf(error);
    if (kind === 'transient') throw error;
    // Any other fault of one image, in its bytes or metadata, costs its thumbnail and not the report.
    const { bucket, name } = row;
    const line = { function: 'report', outcome: 'no-thumbnail', bucket, name, err: error };
    if (kind !== 'image') (ports.log ?? standardLog).error(line);
    return undefined;
  }
}

/** Reads the object under the name of its upload, or under the name to which it was moved. */
async function pictureOf(row: DayRow, { objects, maxBytes }: PickPorts): Promise<Uint8Array | undefined> {
  const place = isMoved(row) ? destinationOf(row) : undefined;
  if (place === undefined) return objects.read(row, maxBytes);
  const copy = await objects.stat(row.bucket, place);
  return copy !== undefined && claimedSource(copy) === row.generation
    ? objects.read(copy, maxBytes)
    : undefined;
}

/** Writes the judged images of a tenant: pictures in one folder for each label, and `judgements.csv` with a line for each. */
import { mkdir, open, readdir, writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { csvText } from '@hangtag/functions/report/csv-file.js';
import { imageIdOf, type TenantId } from '@hangtag/shared/domain/identity.js';
import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import { UsageError } from '@hangtag/shared/errors.js';
import type { DayRecords } from '@hangtag/shared/ports/day-records.js';
import type { ObjectStore } from '@hangtag/shared/ports/object-store.js';

const COLUMNS = ['file', 'label', 'name', 'generation', 'category', 'confidence', 'model', 'by', 'at'];
const MOST_BYTES = 100 * 1024 * 1024;
/** Other endings can mean an unfinished file, which `npm run learn` leaves out. */
const PICTURE_ENDING = /^\.(jpe?g|png|webp|avif|gif|tiff?|bmp|hei[cf])$/i;
const MOST_OF_NAME = 50;
const ID_LENGTH = 8;
/** Of most file systems; a category of 100 letters can have more. */
const MOST_BYTES_OF_FOLDER = 255;

export interface ExportRequest {
  readonly tenant: TenantId;
  /** A new or an empty folder. */
  readonly dir: string;
  readonly nowMs: number;
}

export interface Exported {
  readonly written: number;
  /** Another picture has been uploaded under the name since. */
  readonly overwritten: number;
  /** The bucket no longer holds it. */
  readonly missing: number;
}

/** One picture after the other, so that memory does not grow with their number. @throws {UsageError} the folder is not empty */
export async function exportJudgements(
  { tenant, dir, nowMs }: ExportRequest,
  { dayRecords, objects }: { readonly dayRecords: DayRecords; readonly objects: ObjectStore },
): Promise<Exported> {
  await requireEmpty(dir);
  await using table = await open(join(dir, 'judgements.csv'), 'w');
  await table.write(csvText([COLUMNS]));
  const counts = { written: 0, overwritten: 0, missing: 0 };
  for await (const row of dayRecords.corrections(tenant, { fromMs: 0, toMs: nowMs + 1 })) {
    const { correction } = row;
    if (correction?.generation !== row.generation) {
      counts.overwritten += 1;
      continue;
    }
    const bytes = row.present ? await objects.read(row, MOST_BYTES) : undefined;
    if (bytes === undefined) {
      counts.missing += 1;
      continue;
    }
    const file = `${folderNameOf(correction.category)}/${fileNameOf(row)}`;
    await mkdir(dirname(join(dir, file)), { recursive: true });
    await writeFile(join(dir, file), bytes);
    const { name, generation, category, confidence, model } = row;
    const labelledBy = model && `${model.id}@${model.version}`;
    const { by, at } = correction;
    await table.write(
      csvText([
        [
          file,
          correction.category,
          name,
          generation,
          category,
          confidence,
          labelledBy,
          by,
          new Date(at).toISOString(),
        ],
      ]),
    );
    counts.written += 1;
  }
  return counts;
}

async function requireEmpty(dir: string): Promise<void> {
  await mkdir(dir, { recursive: true });
  if ((await readdir(dir)).length > 0)
    throw new UsageError(`Expected an empty folder but found files in ${dir}`);
}

/** The category, without the letters beyond that limit. */
function folderNameOf(category: string): string {
  const letters = [...category];
  while (Buffer.byteLength(letters.join('')) > MOST_BYTES_OF_FOLDER) letters.pop();
  return letters.join('');
}

/** The end of the object's name, without what file systems refuse, and a part of the image's id, since names can be alike. */
function fileNameOf({ bucket, name }: DayRow): string {
  const end = name.slice(name.lastIndexOf('/') + 1);
  const ending = PICTURE_ENDING.test(extname(end)) ? extname(end) : '';
  const stem = end
    .slice(0, end.length - ending.length)
    .replace(/[^\p{L}\p{N}_-]+/gu, '-')
    .slice(0, MOST_OF_NAME);
  return `${stem}-${imageIdOf(bucket, name).slice(0, ID_LENGTH)}${ending}`.replace(/^-+/, '');
}

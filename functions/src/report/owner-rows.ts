/**
 * `owners.jsonl` of a report: for each row whose image has an owner, the digest of the owner and the name of the image. An
 * erasure uses it to find the rows, even if the record has another owner by now.
 */
import { ownerDigest } from '@hangtag/shared/domain/erasure.js';
import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import type { FileSink, FileStore } from '@hangtag/shared/ports/file-store.js';
import { BatchedRows } from './batched-rows.js';

export const OWNERS_FILE = 'owners.jsonl';

export type OwnerRows = BatchedRows<OwnerRow>;

interface OwnerRow extends Pick<DayRow, 'name'> {
  readonly owner: string;
}

export function ownerRows(sink: FileSink): OwnerRows {
  return new BatchedRows(sink, (rows) => rows.map(lineOf).join(''));
}

function lineOf({ owner, name }: OwnerRow): string {
  return `${JSON.stringify({ owner: ownerDigest(owner), name })}\n`;
}

/** @returns the names of the owner's images in the report of a folder */
export async function namesOfOwner(
  owner: string,
  folder: string,
  files: Pick<FileStore, 'read'>,
): Promise<readonly string[]> {
  const text = (await files.read(`${folder}${OWNERS_FILE}`)) ?? '';
  const digest = ownerDigest(owner);
  const lines = text.split('\n').filter((line) => line.includes(digest));
  return lines.map((line) => (JSON.parse(line) as { readonly name: string }).name);
}

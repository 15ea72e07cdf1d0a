/**
 * `owners.jsonl` of a report: for each row whose image has an owner, the digest of the owner and the name of the image. An
 * erasure uses it to find the rows, even if the record has another owner by now.
 */
import { ownerDigest } from '@hangtag/shared/domain/erasure.js';
import type { DayRow } from '@hangtag/shared/domain/report/day-row.js';
import type { FileSink, FileStore } from '@hangtag/shared/ports/file-store.js';

export const OWNERS_FILE = 'owners.jsonl';

/** Lines that are written together. */
const BATCH_LINES = 500;

export class OwnerRows {
  readonly #sink: FileSink;
  #pending: string[] = [];
  #rows = 0;

  constructor(sink: FileSink) {
    this.#sink = sink;
  }

  get rows(): number {
    return this.#rows;
  }

  async add(owner: string, { name }: Pick<DayRow, 'name'>): Promise<void> {
    this.#rows += 1;
    const line = `${JSON.stringify({ owner: ownerDigest(owner), name })}\n`;
    if (this.#pending.push(line) >= BATCH_LINES) await this.#flush();
  }

  async close(): Promise<void> {
    await this.#flush();
    await this.#sink.close();
  }

  abort(): void {
    this.#sink.abort();
  }

  async #flush(): Promise<void> {
    if (this.#pending.length > 0) await this.#sink.write(this.#pending.splice(0).join(''));
  }
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

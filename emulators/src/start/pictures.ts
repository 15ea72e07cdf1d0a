/** The pictures of a folder, found by their bytes later and by nothing now: whatever lies there is dropped. */
import { createReadStream, type ReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';

/** Something to put into the bucket. */
export interface Picture {
  /** Object name. */
  readonly name: string;
  /** Its category, where somebody knows. */
  readonly truth?: string;
  /** A hint, as any uploader gives one. */
  readonly contentType?: string;
  open(): Buffer | ReadStream;
}

/** Files of a folder and of those below it, in a fixed order; hidden ones are left out. */
export async function* picturesIn(folder: string, labels: ReadonlySet<string>): AsyncIterable<Picture> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) yield pictureOf(file, { folder, labels });
}

/** The truth of a file is known where its folder is named as a label is. */
export function pictureOf(
  file: string,
  { folder, labels }: { readonly folder: string; readonly labels: ReadonlySet<string> },
): Picture {
  const name = relative(folder, file).split(sep).join('/');
  const parent = basename(dirname(file));
  return {
    name,
    ...(labels.has(parent) && { truth: parent }),
    open: () => createReadStream(file),
  };
}

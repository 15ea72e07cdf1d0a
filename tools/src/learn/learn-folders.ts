/** `npm run learn -- --from DIR`: a model of the folders' labels alone. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UsageError } from '@hangtag/shared/errors.js';
import { learnModel } from '@hangtag/shared/learning/learn-model.js';
import type { Made } from '@hangtag/shared/learning/make-model.js';
import { labelledFolders } from './labelled-folders.js';
import { printProgress } from './print-progress.js';

export interface FoldersRequest {
  readonly from: string;
  /** Folder of the model whose backbone is used. */
  readonly baseDir: string;
  readonly min: number;
  readonly out: string | undefined;
  /** Default: made of the folder's name. */
  readonly id: string | undefined;
}

/** @throws {UsageError | LessonError} there is no such folder, or too little in it */
export async function learnFolders({ from, id = idOf(from), ...request }: FoldersRequest): Promise<Made> {
  const found = await stat(from).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`Expected --from to be a folder but received "${from}"`);
  const gathered = await labelledFolders(from);
  return printProgress((observer) => learnModel({ ...request, id, gathered, keepsLabels: false }, observer));
}

/** An id of the name of a folder: lower case letters, digits and hyphens. */
export function idOf(folder: string): string {
  const id = basename(resolve(folder))
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^[-.]+|[-.]+$/g, '');
  return id || 'my-model';
}

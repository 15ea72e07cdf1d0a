/** The steps of `npm run learn`: gather, embed, learn, write; and what is printed of them. */
import { stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { UsageError } from '@hangtag/shared/errors.js';
import { readManifest } from '@hangtag/shared/inference/read-manifest.js';
import { SingleBar } from 'cli-progress';
import { type Embedded, embedPictures } from './embed-pictures.js';
import { type Gathered, withEnough } from './labelled-pictures.js';
import { type Learned, learnHead } from './learn-head.js';
import { figuresTable } from './print-figures.js';
import { baseOf } from './read-base.js';
import { requireFree, writeModel } from './write-model.js';

export interface LearnRequest {
  readonly gathered: Gathered;
  /** Folder of the model whose backbone is used. */
  readonly baseDir: string;
  readonly min: number;
  readonly out: string | undefined;
  readonly id: string | undefined;
  /** Given: the labels are those of its folders alone. Else those of the base and those of the judged images. */
  readonly from: string | undefined;
}

const NAMED_AT_MOST = 5;

/** @returns the folder of the new model */
export async function learnModel({ gathered, baseDir, min, out, id, from }: LearnRequest): Promise<string> {
  const manifest = await readManifest(baseDir);
  const name = id ?? (from === undefined ? manifest.id : idOf(from));
  if (out !== undefined) await requireFree(out, name);
  const base = from === undefined ? await baseOf(baseDir) : undefined;
  const known = new Set(base?.knowledge.head.labels);
  const { pictures, notes } = withEnough(gathered, { min, known });
  for (const note of notes) console.log(note);
  const embedded = await withBar(pictures.length, (onProgress) =>
    embedPictures(baseDir, pictures, onProgress),
  );
  printLeftOut(embedded);
  requireTwoLabels(embedded, known);
  const learned = learnHead({ ...embedded, ...(base && { base }) });
  printContradictions(learned, embedded);
  const dir = await writeModel({ baseDir, base: manifest, learned, id: name, out, n: embedded.names.length });
  const toServe =
    from === undefined
      ? ''
      : ` To serve it to all tenants:\n  HANGTAG_MODEL_DIR=${dir} npm start\nTo store it, and promote it for one tenant (docs/models.md):\n  npm run models -- add ${dir}`;
  console.log(`\n${figuresTable(learned)}\n\nIt is in ${dir}.${toServe}`);
  return dir;
}

async function withBar<T>(total: number, work: (onProgress: () => void) => Promise<T>): Promise<T> {
  const bar = new SingleBar({ format: '{bar} {value}/{total} pictures, {eta_formatted} to go' });
  bar.start(total, 0);
  try {
    return await work(() => bar.increment());
  } finally {
    bar.stop();
  }
}

function printLeftOut({ leftOut }: Embedded): void {
  for (const reason of new Set(leftOut.map((each) => each.reason))) {
    const names = leftOut.filter((each) => each.reason === reason).map(({ name }) => name);
    console.log(`left out (${reason}): ${names.length}, ${shortList(names)}`);
  }
}

function printContradictions({ contradictions, duplicates }: Learned, { names }: Embedded): void {
  if (duplicates > 0) console.log(`${duplicates} pictures are duplicates of others`);
  for (const group of contradictions.slice(0, NAMED_AT_MOST))
    console.log(
      `left out, since they look the same and have different labels: ${shortList(group.map((at) => names[at] ?? ''))}`,
    );
  if (contradictions.length > NAMED_AT_MOST)
    console.log(
      `left out for the same reason: ${contradictions.length - NAMED_AT_MOST} more groups of pictures`,
    );
}

function shortList(names: readonly string[]): string {
  return names.slice(0, NAMED_AT_MOST).join(', ') + (names.length > NAMED_AT_MOST ? ', ...' : '');
}

function requireTwoLabels({ labels, leftOut }: Embedded, known: ReadonlySet<string>): void {
  if (new Set([...labels, ...known]).size >= 2 && labels.length > 0) return;
  const received = `${labels.length === 0 ? 'none' : labels.join(', ')}; ${leftOut.length} pictures could not be read`;
  throw new UsageError(`Expected pictures of at least two labels but received ${received}`);
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

/** @throws {UsageError} there is no such folder */
export async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`Expected --from to be a folder but received "${path}"`);
}

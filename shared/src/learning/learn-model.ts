/** From pictures with labels to the folder of a model: embed, learn, write. */
import { readManifest } from '../inference/read-manifest.js';
import { type Embedded, embedPictures } from './embed-pictures.js';
import { type Gathered, withEnough } from './labelled-pictures.js';
import type { Learned } from './learn-head.js';
import { LessonError } from './lesson-error.js';
import { type Made, makeModelInThread } from './make-model.js';
import { baseOf } from './read-base.js';
import { requireFree } from './write-model.js';

export interface LearnRequest {
  readonly gathered: Gathered;
  /** Folder of the model whose backbone is used. */
  readonly baseDir: string;
  /** Pictures that a new label needs. */
  readonly min: number;
  /** Folder of the new model. Default: `.hangtag/models/ID/VERSION`. */
  readonly out: string | undefined;
  /** Default: that of the base. */
  readonly id: string | undefined;
  /** Whether the labels of the base stay. Else the model has the labels of the pictures alone. */
  readonly keepsLabels: boolean;
}

/** What the caller of `learnModel` gets to know meanwhile. */
export interface LearnObserver {
  /** A line for each thing that a person should know of the pictures, and the names of the first of those that it is about. */
  readonly onNote: (line: string, names?: readonly string[]) => void;
  /** Called before the first picture, after each one, and before the model is made. */
  readonly onProgress: (progress: LearnProgress) => void;
  /** Ends the work. */
  readonly signal?: AbortSignal;
}

export interface LearnProgress {
  readonly step: 'embed' | 'make';
  /** Pictures that were embedded. */
  readonly done: number;
  readonly total: number;
}

const NAMED_AT_MOST = 5;

/** @throws {LessonError | ModelError | UsageError} there is too little to learn from, the base has no knowledge, or `out` is taken */
export async function learnModel(
  { gathered, baseDir, min, out, id, keepsLabels }: LearnRequest,
  { onNote, onProgress, signal }: LearnObserver,
): Promise<Made> {
  const manifest = await readManifest(baseDir);
  const name = id ?? manifest.id;
  if (out !== undefined) await requireFree(out, name);
  const base = keepsLabels ? await baseOf(baseDir) : undefined;
  const known = new Set(base?.knowledge.head.labels);
  const { pictures, notes } = withEnough(gathered, { min, known });
  for (const note of notes) onNote(note);
  const total = pictures.length;
  onProgress({ step: 'embed', done: 0, total });
  const embedded = await embedPictures(baseDir, pictures, {
    onPicture: (done) => onProgress({ step: 'embed', done, total }),
    signal,
  });
  noteLeftOut(embedded, onNote);
  requireTwoLabels(embedded, known);
  onProgress({ step: 'make', done: total, total });
  const { examples, labels, backgrounds, names } = embedded;
  const lesson = { examples, labels, backgrounds, ...(base && { base }) };
  const made = await makeModelInThread(
    { lesson, baseDir, base: manifest, id: name, out, n: names.length },
    signal,
  );
  noteDuplicates(made.learned, embedded, onNote);
  return made;
}

function noteLeftOut({ leftOut }: Embedded, onNote: LearnObserver['onNote']): void {
  for (const reason of new Set(leftOut.map((each) => each.reason))) {
    const names = leftOut.filter((each) => each.reason === reason).map(({ name }) => name);
    onNote(`left out (${reason}): ${names.length}`, names.slice(0, NAMED_AT_MOST));
  }
}

function noteDuplicates(
  { contradictions, duplicates }: Learned,
  { names }: Embedded,
  onNote: LearnObserver['onNote'],
): void {
  if (duplicates > 0) onNote(`duplicates of other pictures: ${duplicates}`);
  if (contradictions.length > 0)
    onNote(
      `left out, since they look the same and have different labels: ${contradictions.length} groups of pictures`,
      contradictions.slice(0, NAMED_AT_MOST).map((group) =>
        group
          .slice(0, NAMED_AT_MOST)
          .map((at) => names[at] ?? '')
          .join(' and '),
      ),
    );
}

function requireTwoLabels({ labels, leftOut }: Embedded, known: ReadonlySet<string>): void {
  if (new Set([...labels, ...known]).size >= 2 && labels.length > 0) return;
  const received = `${labels.length === 0 ? 'none' : labels.join(', ')}; ${leftOut.length} pictures could not be read`;
  throw new LessonError('too-few', `Expected pictures of at least two labels but received ${received}`);
}

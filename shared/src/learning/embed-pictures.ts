/** The embedding of each picture, made by the worker processes that label images in production. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import type { Background } from '../domain/precision-guarantee.js';
import { CrashError, ImageError } from '../errors.js';
import { isolateClassifier } from '../inference/isolated-classifier.js';
import type { Prediction } from '../ports/classifier.js';
import type { Examples } from './examples.js';
import type { LabelledPicture } from './labelled-pictures.js';

export interface Embedded {
  /** Names and examples have the same order, that of the pictures. */
  readonly names: readonly string[];
  readonly labels: readonly string[];
  readonly examples: Examples;
  readonly backgrounds: readonly Background[];
  readonly leftOut: readonly { readonly name: string; readonly reason: string }[];
}

const AHEAD_OF_EACH_WORKER = 3;
/** Of a larger file, nothing is read. */
export const MOST_BYTES = 25 * 1024 * 1024;

export interface EmbedOptions {
  /** Called after each picture with the number of those that are done. */
  readonly onPicture?: (done: number) => void;
  readonly signal?: AbortSignal | undefined;
}

export async function embedPictures(
  modelDir: string,
  pictures: readonly LabelledPicture[],
  { onPicture, signal }: EmbedOptions = {},
): Promise<Embedded> {
  const workers = availableParallelism();
  const pool = await isolateClassifier(modelDir, { workers });
  let done = 0;
  try {
    const outcomes = await pMap(
      pictures,
      async (picture) => {
        const outcome = await embed(picture, (bytes) => pool.classify(bytes));
        done += 1;
        onPicture?.(done);
        return outcome;
      },
      { concurrency: workers * AHEAD_OF_EACH_WORKER, ...(signal && { signal }) },
    );
    return gather(pictures, outcomes);
  } finally {
    await pool.close();
  }
}

interface Row {
  readonly row: Float32Array;
  readonly background: Background;
}

/** An embedding, or the reason for its absence. */
async function embed(
  { read }: LabelledPicture,
  classify: (bytes: Uint8Array) => Promise<Prediction>,
): Promise<Row | string> {
  try {
    const bytes = await read();
    if (bytes === undefined) return 'it is no longer there';
    if (bytes.length > MOST_BYTES) return 'too-many-bytes';
    const { embedding, background = 'other' } = await classify(bytes);
    return embedding ? { row: embedding, background } : 'the model has no embedding';
  } catch (error) {
    if (error instanceof ImageError) return error.code;
    if (error instanceof CrashError) return 'the decoder ended';
    throw error;
  }
}

function gather(pictures: readonly LabelledPicture[], outcomes: readonly (Row | string)[]): Embedded {
  const rows = outcomes.flatMap((outcome, at) =>
    typeof outcome === 'string' ? [] : [{ ...outcome, picture: pictures[at] }],
  );
  const labels = [...new Set(rows.map(({ picture }) => picture?.label ?? ''))].sort();
  const inputs = rows[0]?.row.length ?? 0;
  const embeddings = new Float32Array(rows.length * inputs);
  for (const [at, { row }] of rows.entries()) embeddings.set(row, at * inputs);
  return {
    names: rows.map(({ picture }) => picture?.name ?? ''),
    labels,
    examples: {
      inputs,
      embeddings,
      labels: Int32Array.from(rows, ({ picture }) => labels.indexOf(picture?.label ?? '')),
    },
    backgrounds: rows.map(({ background }) => background),
    leftOut: outcomes.flatMap((reason, at) =>
      typeof reason === 'string' ? [{ name: pictures[at]?.name ?? '', reason }] : [],
    ),
  };
}

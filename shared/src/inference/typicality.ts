/**
 * How far an embedding is from the pictures that a model was trained on: one minus the largest cosine between it and the centres of
 * those pictures, all of them less the mean. domain/typicality.ts makes a share of it.
 */
import { typicalityOf } from '../domain/typicality.js';
import { dot } from '../dot.js';
import { ModelError } from '../errors.js';
import { parseTensorsFile, tensorsFileBytes } from './tensors-file.js';

export interface Typicality {
  /** Digest of the backbone that it was fitted for: see `backboneDigest`. */
  readonly backbone: string;
  /** Of the embeddings of training pictures. */
  readonly mean: Float32Array;
  /** One row for each centre: its direction from the mean, of length 1. */
  readonly centres: Float32Array;
  /** Of pictures that the model was measured on: evenly spaced quantiles, falling. */
  readonly distances: Float32Array;
}

export function typicalityBytes({ backbone, mean, centres, distances }: Typicality): Buffer {
  const inputs = mean.length;
  return tensorsFileBytes({
    texts: { backbone },
    tensors: new Map([
      ['mean', { shape: [inputs], values: mean }],
      ['centres', { shape: [centres.length / inputs, inputs], values: centres }],
      ['distances', { shape: [distances.length], values: distances }],
    ]),
  });
}

/** @throws {RangeError | SyntaxError} these bytes are no such file */
export function parseTypicality(bytes: Uint8Array): Typicality {
  const { texts, tensors } = parseTensorsFile(bytes);
  const [mean, centres, distances] = ['mean', 'centres', 'distances'].map((name) => tensors.get(name));
  if (mean === undefined || centres?.shape[1] !== mean.values.length || !distances?.values.length)
    throw new RangeError('Expected the tensors mean, centres with one number for each input, and distances');
  return {
    backbone: texts['backbone'] ?? '',
    mean: mean.values,
    centres: centres.values,
    distances: distances.values,
  };
}

/** The same with more centres: pictures like these become usual. @param rows embeddings, one after the other */
export function withCentres(typicality: Typicality, rows: Float32Array): Typicality {
  const { mean, centres } = typicality;
  const all = new Float32Array(centres.length + rows.length);
  all.set(centres);
  for (let from = 0; from < rows.length; from += mean.length)
    all.set(directionOf(rows.subarray(from, from + mean.length), mean), centres.length + from);
  return { ...typicality, centres: all };
}

/**
 * Of an embedding: 0 in its direction from the mean is a centre, 2 at most.
 * @throws {ModelError} the embedding has another size
 */
export function distanceTo(
  { mean, centres }: Omit<Typicality, 'distances'>,
  embedding: Float32Array,
): number {
  if (embedding.length !== mean.length) {
    const [expected, received] = [mean, embedding].map(({ length }) => `an embedding of ${length} numbers`);
    throw new ModelError('typicality', [
      { at: 'typicality', expected: expected ?? '', received: received ?? '' },
    ]);
  }
  const direction = directionOf(embedding, mean);
  let nearest = -1;
  for (let from = 0; from < centres.length; from += mean.length)
    nearest = Math.max(nearest, dot(direction, centres, from));
  return 1 - nearest;
}

/** @returns for an embedding, its typicality: see domain/typicality.ts */
export function typicalityMaker(typicality: Typicality): (embedding: Float32Array) => number {
  return (embedding) => typicalityOf(distanceTo(typicality, embedding), typicality.distances);
}

function directionOf(embedding: Float32Array, mean: Float32Array): Float32Array {
  const centred = embedding.map((value, input) => value - (mean[input] ?? 0));
  const length = Math.sqrt(dot(centred, centred, 0)) || 1;
  return centred.map((value) => value / length);
}

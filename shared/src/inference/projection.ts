/**
 * A projection makes a short vector of an embedding, for the record: the coordinates, on the principal axes of training pictures, of the
 * embedding minus the mean, scaled to length 1. The dot product of two vectors is nearly the cosine of the two embeddings.
 */
import { dot } from '../dot.js';
import { ModelError } from '../errors.js';
import type { Vector } from '../ports/classifier.js';
import { parseTensorsFile, tensorsFileBytes } from './tensors-file.js';

export interface Projection {
  /** Digest of the backbone that it was fitted for: see `backboneDigest`. */
  readonly backbone: string;
  /** Of the embeddings of training pictures. */
  readonly mean: Float32Array;
  /** One row for each number of a vector, the axis with the largest variance first. */
  readonly axes: Float32Array;
}

export function projectionBytes({ backbone, mean, axes }: Projection): Buffer {
  const inputs = mean.length;
  return tensorsFileBytes({
    texts: { backbone },
    tensors: new Map([
      ['mean', { shape: [inputs], values: mean }],
      ['axes', { shape: [axes.length / inputs, inputs], values: axes }],
    ]),
  });
}

/** @throws {RangeError | SyntaxError} these bytes are no projection */
export function parseProjection(bytes: Uint8Array): Projection {
  const { texts, tensors } = parseTensorsFile(bytes);
  const [mean, axes] = [tensors.get('mean'), tensors.get('axes')];
  if (mean === undefined || axes === undefined || axes.shape[1] !== mean.values.length)
    throw new RangeError('Expected the tensors mean and axes with one number for each input');
  return { backbone: texts['backbone'] ?? '', mean: mean.values, axes: axes.values };
}

/** @throws {ModelError} the embedding has another size */
export function project({ mean, axes }: Projection, embedding: Float32Array): Float32Array {
  const inputs = mean.length;
  if (embedding.length !== inputs) {
    const received = `${embedding.length} numbers`;
    throw new ModelError('projection', [
      { at: 'projection', expected: `an embedding of ${inputs} numbers`, received },
    ]);
  }
  const centred = embedding.map((value, input) => value - (mean[input] ?? 0));
  const length = Math.sqrt(dot(centred, centred, 0)) || 1;
  return Float32Array.from(
    { length: axes.length / inputs },
    (_, at) => dot(centred, axes, at * inputs) / length,
  );
}

/** @param id of the backbone and of this projection */
export function vectorMaker(projection: Projection, id: string): (embedding: Float32Array) => Vector {
  return (embedding) => ({ values: project(projection, embedding), backbone: id });
}

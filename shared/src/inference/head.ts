/**
 * A head: the last, linear layer of a model, in a file of its own. It makes the scores of the labels from the embedding of a
 * backbone, so that labels are learned without a change of the backbone. Its arithmetic is the same for every engine.
 */
import { ModelError } from '../errors.js';
import type { Engine } from './engine.js';
import { parseTensorsFile, tensorsFileBytes } from './tensors-file.js';

export interface Head {
  readonly labels: readonly string[];
  /** Numbers of the embedding. */
  readonly inputs: number;
  /** One row of `inputs` weights for each output: the labels, and what the manifest's rejection adds. */
  readonly weights: Float32Array;
  /** One number for each output. */
  readonly bias: Float32Array;
}

export function headBytes({ labels, inputs, weights, bias }: Head): Buffer {
  return tensorsFileBytes({
    texts: { labels: JSON.stringify(labels) },
    tensors: new Map([
      ['weights', { shape: [bias.length, inputs], values: weights }],
      ['bias', { shape: [bias.length], values: bias }],
    ]),
  });
}

/** @throws {RangeError | SyntaxError} these bytes are no head */
export function parseHead(bytes: Uint8Array): Head {
  const { texts, tensors } = parseTensorsFile(bytes);
  const weights = tensors.get('weights');
  const bias = tensors.get('bias');
  const inputs = weights?.shape[1];
  if (weights === undefined || bias === undefined || inputs === undefined)
    throw new RangeError('Expected the tensors weights and bias');
  if (weights.shape[0] !== bias.values.length)
    throw new RangeError(`Expected ${bias.values.length} rows of weights but received ${weights.shape[0]}`);
  const labels: unknown = JSON.parse(texts['labels'] ?? '[]');
  if (!Array.isArray(labels)) throw new RangeError('Expected a list of labels');
  return { labels: labels.map(String), inputs, weights: weights.values, bias: bias.values };
}

/** The scores of one embedding: summed in double precision, in the order of the inputs. */
export function applyHead({ inputs, weights, bias }: Head, embedding: Float32Array): Float32Array {
  return bias.map((constant, output) => {
    let sum = constant;
    const row = output * inputs;
    for (let input = 0; input < inputs; input += 1)
      sum += (weights[row + input] ?? 0) * (embedding[input] ?? 0);
    return sum;
  });
}

/** An engine whose scores are those of the head. */
export function withHead(engine: Engine, head: Head): Engine {
  return {
    layout: engine.layout,
    async run(tensor) {
      const { embedding } = await engine.run(tensor);
      if (embedding?.length !== head.inputs) {
        const received = `${embedding?.length ?? 'no'} numbers`;
        throw new ModelError('head', [
          { at: 'head', expected: `an embedding of ${head.inputs} numbers`, received },
        ]);
      }
      return { scores: applyHead(head, embedding), embedding };
    },
    close: () => engine.close(),
  };
}

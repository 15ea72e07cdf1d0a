/**
 * What a model keeps for the next learning: its last layer, and prototypes of the pictures that it was made from. Learned together with
 * judged images, they keep the labels that nobody corrected.
 */
import type { Head } from '../inference/head.js';
import { headBytes, parseHead } from '../inference/head.js';
import { parseTensorsFile, tensorsFileBytes } from '../inference/tensors-file.js';
import type { Examples } from './examples.js';

export interface Knowledge {
  /** Its outputs are the labels, and one more where the model has an output for "none of them". */
  readonly head: Head;
  readonly prototypes: Examples;
}

export function knowledgeBytes({ head, prototypes }: Knowledge): Buffer {
  const { texts, tensors } = parseTensorsFile(headBytes(head));
  const { inputs, labels, embeddings } = prototypes;
  return tensorsFileBytes({
    texts,
    tensors: new Map([
      ...tensors,
      ['prototypes', { shape: [labels.length, inputs], values: embeddings }],
      ['prototype_labels', { shape: [labels.length], values: Float32Array.from(labels) }],
    ]),
  });
}

/** @throws {RangeError | SyntaxError} these bytes are no such file */
export function parseKnowledge(bytes: Uint8Array): Knowledge {
  const head = parseHead(bytes);
  const { tensors } = parseTensorsFile(bytes);
  const [prototypes, labels] = [tensors.get('prototypes'), tensors.get('prototype_labels')];
  if (prototypes === undefined || labels === undefined)
    throw new RangeError('Expected the tensors prototypes and prototype_labels');
  if (prototypes.shape[0] !== labels.values.length || prototypes.shape[1] !== head.inputs)
    throw new RangeError(`Expected prototypes of ${labels.values.length} x ${head.inputs} numbers`);
  const examples = {
    inputs: head.inputs,
    embeddings: prototypes.values,
    labels: Int32Array.from(labels.values),
  };
  return { head, prototypes: examples };
}

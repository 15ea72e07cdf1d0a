/** Embeddings with their labels, as the learner reads them. */

export interface Examples {
  /** Numbers of one embedding. */
  readonly inputs: number;
  /** One row of `inputs` numbers for each example. */
  readonly embeddings: Float32Array;
  /** Index of the label of each example. */
  readonly labels: Int32Array;
}

export function countOf({ labels }: Examples): number {
  return labels.length;
}

export function rowOf({ embeddings, inputs }: Examples, index: number): Float32Array {
  return embeddings.subarray(index * inputs, (index + 1) * inputs);
}

/** The examples at these indices, in this order. */
export function select(examples: Examples, indices: readonly number[]): Examples {
  const { inputs } = examples;
  const embeddings = new Float32Array(indices.length * inputs);
  for (const [to, from] of indices.entries()) embeddings.set(rowOf(examples, from), to * inputs);
  return { inputs, embeddings, labels: Int32Array.from(indices, (index) => examples.labels[index] ?? 0) };
}

export function join(one: Examples, other: Examples): Examples {
  const embeddings = new Float32Array(one.embeddings.length + other.embeddings.length);
  embeddings.set(one.embeddings);
  embeddings.set(other.embeddings, one.embeddings.length);
  return { inputs: one.inputs, embeddings, labels: Int32Array.of(...one.labels, ...other.labels) };
}
